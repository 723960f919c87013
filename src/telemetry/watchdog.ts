/**
 * Feeds systemd's watchdog while every loop makes progress, names the one that does not, and keeps the service's status
 * line. A loop that hangs is told to the log, and no more than that happens here: systemd, no longer fed, restarts the
 * service.
 */
import { ERROR_CODES } from "../core/codes.ts";
import type { Pulses } from "../core/pulse.ts";
import type { Log } from "./log.ts";
import type { Systemd } from "./systemd.ts";

/** The status line is so old at most. */
const LOOK_MS = 10_000;
/** Looks within the watchdog's time: one that comes late on a busy host does no harm. */
const LOOKS = 8;
/** How long a step may be overdue where no watchdog says: commits and a busy host, not waits, which are told. */
const GRACE_MS = 60_000;

export interface WatchdogParts {
  readonly systemd: Systemd;
  readonly pulses: Pulses;
  /** What the loops are doing, in one line. */
  readonly summary: () => string;
  readonly log: Log;
}

export class Watchdog {
  private readonly parts: WatchdogParts;
  private readonly lookMs: number;
  private readonly graceMs: number;
  private readonly feedMs: number;
  private timer: NodeJS.Timeout | undefined;
  private fedAt = Number.NEGATIVE_INFINITY;
  private told = "";
  /** Whether systemd has not heard yet that the service is ready: a host that starts may keep it busy for longer. */
  private isUnheard = false;
  /** Loops that were overdue at the last look, and those of them that are told. */
  private overdue: readonly string[] = [];
  private hanging: readonly string[] = [];

  constructor(parts: WatchdogParts) {
    this.parts = parts;
    const { watchdogMs } = parts.systemd;
    this.lookMs = Math.min(LOOK_MS, (watchdogMs ?? Infinity) / LOOKS);
    // Half of the watchdog's time for the step, and then the whole of it until systemd acts.
    this.graceMs = watchdogMs === undefined ? GRACE_MS : watchdogMs / 2;
    this.feedMs = watchdogMs === undefined ? Infinity : watchdogMs / 4;
  }

  /** The service is ready. */
  start(): void {
    this.ready();
    this.timer = setInterval(() => this.look(), this.lookMs);
  }

  /** The service is ready, or ready again after a reload. */
  ready(): void {
    void this.sayReady();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const { systemd, pulses, log } = this.parts;
    const overdue = pulses.overdue(this.graceMs);
    // Twice in a row: after the whole process stood still, each loop gets the time to go on.
    const hanging = overdue.filter((loop) => this.overdue.includes(loop));
    this.overdue = overdue;
    for (const loop of hanging.filter((name) => !this.hanging.includes(name))) {
      log.error("a loop makes no progress", { code: "ERF6001", remedy: ERROR_CODES.ERF6001.remedy, loop });
    }
    for (const loop of this.hanging.filter((name) => !hanging.includes(name))) {
      log.info("the loop makes progress again", { loop });
    }
    this.hanging = hanging;
    if (this.isUnheard) this.ready();
    this.tell();
    if (hanging.length > 0 || performance.now() - this.fedAt < this.feedMs) return;
    this.fedAt = performance.now();
    void systemd.alive();
  }

  private async sayReady(): Promise<void> {
    this.told = this.parts.summary();
    this.isUnheard = false;
    this.isUnheard = !(await this.parts.systemd.ready(this.told));
  }

  private tell(): void {
    const [loop] = this.hanging;
    const text = loop === undefined ? this.parts.summary() : `no progress: ${this.hanging.join(", ")}`;
    if (text === this.told) return;
    this.told = text;
    void this.parts.systemd.status(text);
  }
}
