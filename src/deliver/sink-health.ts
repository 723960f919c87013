/**
 * The condition of one sink: told to the log where it changes, kept in the state for status and for the next start, and
 * turned into how long to wait.
 */
import { backoffMs } from "../core/backoff.ts";
import { BlockedError, messageOf, TransientError } from "../core/errors.ts";
import { type Condition, failed, type Health, NEW_HEALTH, succeeded, waitAfterRestart } from "../core/health.ts";
import type { Notice } from "../core/notice.ts";
import { Telling, toldOf } from "../core/telling.ts";
import { describeError, type Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";

const BACKOFF = { baseMs: 500, capMs: 30_000 };
const BLOCKED_BACKOFF = { baseMs: 30_000, capMs: 60_000 };
/** How old the last success in the state may be. */
const SAVE_MS = 60_000;

export interface SinkHealthParts {
  readonly sink: string;
  readonly save: (health: Health) => Promise<void>;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Tells the SIEM. */
  readonly tell: (notice: Notice) => void;
  /** Host time in epoch milliseconds. */
  readonly now: () => number;
  readonly random: () => number;
}

export class SinkHealth {
  private readonly parts: SinkHealthParts;
  private current: Health = NEW_HEALTH;
  /** The health that this run's log tells: trouble of an earlier run is news to its reader. */
  private told: Health = NEW_HEALTH;
  private readonly telling = new Telling();
  private savedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: SinkHealthParts) {
    this.parts = parts;
  }

  /** The code of the trouble that it is in, if any. */
  get trouble(): string | undefined {
    return this.current.trouble?.code;
  }

  get condition(): Condition {
    return this.current.condition;
  }

  /** Goes on where an earlier run ended; answers how long the first try waits. */
  resume(health: Health): number {
    this.current = health;
    this.telling.resume(health, this.parts.now());
    return waitAfterRestart(health, this.parts.now(), BACKOFF.capMs);
  }

  /** Some of a batch arrived: whatever broke it off, the collector is not getting worse. */
  ease(): void {
    this.current = { ...this.current, failures: 0 };
  }

  async succeed(): Promise<void> {
    const { sink, log, now } = this.parts;
    const { failures } = this.current;
    if (failures > 0) log.info("sink recovered", { sink, failures });
    this.current = succeeded(now());
    this.told = this.current;
    this.tell();
    if (failures > 0 || performance.now() - this.savedAt >= SAVE_MS) await this.save();
  }

  /** Answers how long to wait. Errors that are neither transient nor blocked are bugs and go through. */
  async fail(error: unknown): Promise<number> {
    const { sink, log, metrics, now, random } = this.parts;
    if (!(error instanceof TransientError) && !(error instanceof BlockedError)) throw error;
    const limits = error instanceof BlockedError ? BLOCKED_BACKOFF : BACKOFF;
    const wait = backoffMs(this.current.failures + 1, limits, random);
    const { told } = this;
    this.current = failed(this.current, error, now(), wait);
    this.told = this.current;
    metrics.sinkFailed(sink, error.code);
    if (this.current.trouble?.code !== told.trouble?.code) {
      const details = { sink, ...describeError(error) };
      if (error instanceof BlockedError) log.error("sink parked, an operator must act", details);
      else log.warn("sink failed, will retry", details);
    }
    this.tell();
    await this.save();
    return wait;
  }

  private tell(): void {
    const { sink, now, tell } = this.parts;
    const change = this.telling.changeTo(this.current, now());
    if (change === undefined || change === "Throttled" || change === "Resting") return;
    tell({ kind: `sink${change}`, sink, ...toldOf(this.current) });
  }

  /** A full disk must not hide the error that is being reported. */
  private async save(): Promise<void> {
    const { sink, save, log } = this.parts;
    try {
      await save(this.current);
      this.savedAt = performance.now();
    } catch (error) {
      log.warn("health not saved", { sink, error: messageOf(error) });
    }
  }
}
