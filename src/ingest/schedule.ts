/**
 * The tick: node-cron fires once a second, and everything that is periodic asks at each tick whether it is due. An
 * interval is never turned into a cron expression, because wall-clock cron cannot say "every 45 s" (it accepts the
 * expression and means something else).
 */
import { type ScheduledTask, schedule } from "node-cron";
import { messageOf } from "../core/errors.ts";
import type { Pulse } from "../core/pulse.ts";
import type { Log } from "../telemetry/log.ts";

/** How often is looked whether the ticks still come, and how old the last one may be. */
const CHECK_MS = 5_000;
const SILENCE_MS = 2_000;

export class Schedule {
  private readonly onTick: () => void;
  private readonly log: Log;
  private readonly pulse: Pulse;
  private task: ScheduledTask | undefined;
  private check: NodeJS.Timeout | undefined;
  /** Time of the last tick on the monotonic clock. */
  private tickedAt = 0;

  constructor(onTick: () => void, log: Log, pulse: Pulse) {
    this.onTick = onTick;
    this.log = log;
    this.pulse = pulse;
  }

  start(): void {
    this.pulse.beat(CHECK_MS);
    this.tickedAt = performance.now();
    this.task = this.tickEverySecond();
    this.check = setInterval(() => this.followClock(), CHECK_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.check);
    await this.task?.destroy();
    this.task = undefined;
    this.pulse.end();
  }

  private tickEverySecond(): ScheduledTask {
    return schedule("* * * * * *", () => this.tick(), { timezone: "UTC", logger: this.cronLog() });
  }

  /** A clock that was set back keeps the next tick waiting until the check. */
  private tick(): void {
    this.pulse.beat(CHECK_MS);
    this.tickedAt = performance.now();
    this.onTick();
  }

  /**
   * node-cron waits for a wall-clock time: set back by an hour, it would not fire for an hour (node-cron 4.6). Clocks are
   * not compared, because one that went forward and back in between looks as if it had never moved.
   */
  private followClock(): void {
    if (performance.now() - this.tickedAt < SILENCE_MS) return;
    void this.task?.destroy();
    this.task = this.tickEverySecond();
  }

  /** A missed tick is made up for by the next one, so it is worth a debug line only. */
  private cronLog() {
    const debug = (message: string | Error) => this.log.debug("scheduler", { detail: messageOf(message) });
    const error = (message: string | Error) => this.log.error("tick failed", { error: messageOf(message) });
    return { debug, info: debug, warn: debug, error };
  }
}
