/**
 * The tick: node-cron says when the next whole second is and runs the tick, and everything that is periodic asks at each
 * tick whether it is due. An interval is never turned into a cron expression, because wall-clock cron cannot say "every
 * 45 s" (it accepts the expression and means something else).
 *
 * The wait between two ticks is a timer of ours, a second at most. Left to itself, node-cron 4.6 waits out the hour by
 * which a clock was set back, and after one that went forward, as on a machine that slept for days, it walks through
 * every second that it missed while nothing else runs: 40 s for three days (measured).
 */
import { createTask, type ScheduledTask } from "node-cron";
import { messageOf } from "../core/errors.ts";
import type { Pulse } from "../core/pulse.ts";
import type { Log } from "../telemetry/log.ts";

const SECOND_MS = 1_000;

export class Schedule {
  private readonly task: ScheduledTask;
  private readonly pulse: Pulse;
  private timer: NodeJS.Timeout | undefined;

  constructor(onTick: () => void, log: Log, pulse: Pulse) {
    this.task = createTask("* * * * * *", onTick, { timezone: "UTC", logger: cronLog(log) });
    this.pulse = pulse;
  }

  start(): void {
    this.awaitTick();
  }

  async stop(): Promise<void> {
    clearTimeout(this.timer);
    await this.task.destroy();
    this.pulse.end();
  }

  private awaitTick(): void {
    this.pulse.beat(SECOND_MS);
    this.timer = setTimeout(() => void this.tick(), this.msToNextTick());
  }

  /** The next one is awaited first: this one may fail, and is in the log by then. */
  private async tick(): Promise<void> {
    this.awaitTick();
    await this.task.execute().catch(() => undefined);
  }

  private msToNextTick(): number {
    const [next] = this.task.getNextRuns(1);
    return next === undefined ? SECOND_MS : Math.min(Math.max(next.getTime() - Date.now(), 1), SECOND_MS);
  }
}

function cronLog(log: Log) {
  const debug = (message: string | Error) => log.debug("scheduler", { detail: messageOf(message) });
  const error = (message: string | Error) => log.error("tick failed", { error: messageOf(message) });
  return { debug, info: debug, warn: debug, error };
}
