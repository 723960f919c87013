/**
 * The loop of one stream. At each tick it starts what is due and not already running:
 *
 *   working   the head at its slots; a re-read slice whenever one is ready
 *   waiting   after a transient error: the head again when the back-off is over; re-reads go on
 *   blocked   an operator must act: one probe of the head every five minutes; re-reads stand still
 *   resting   the tenant does not have this collection: one probe an hour; re-reads stand still
 *
 * A restart goes on in the condition that the state tells, but tries what was blocked or resting at once.
 *
 * A read never overlaps itself, and one stream's trouble touches no other.
 */
import { backoffMs } from "../core/backoff.ts";
import { BlockedError, StateError, TransientError, UnavailableError } from "../core/errors.ts";
import { type Condition, waitAfterRestart } from "../core/health.ts";
import type { Pulse } from "../core/pulse.ts";
import { readHead } from "./head.ts";
import { ReReads } from "./rereads.ts";
import { nextSlot } from "./slots.ts";
import type { Reading, Stream } from "./stream.ts";

/** Half a minute at most: a disk that has room again, or a Graph that is back, is noticed soon. */
const BACKOFF = { baseMs: 1_000, capMs: 30_000 };
const BLOCKED_PROBE_MS = 300_000;
const RESTING_PROBE_MS = 3_600_000;
/** So many denials in a row, half a minute of them, until a licence is believed to be gone that was there before. */
const DENIALS_BELIEVED = 6;

export interface PollerSettings {
  /** When the first slot is, in milliseconds of the monotonic clock. */
  readonly firstSlot: number;
  readonly everyMs: number;
  /** Those of the two lanes; they rest while nothing is due. */
  readonly pulses: { readonly head: Pulse; readonly reread: Pulse };
  /** False while the event log is full: nothing more is read then. */
  readonly hasRoom: () => boolean;
  /** Called with whatever is a bug or a state that can no longer be used: the process must end. */
  readonly onFatal: (error: unknown) => void;
}

export class Poller {
  private readonly stream: Stream;
  private readonly rereads: ReReads;
  private readonly settings: PollerSettings;
  private readonly stopping = new AbortController();
  private due: number;
  /** Before this no re-read is begun: the last one failed as a whole, as it does on a full disk. */
  private rereadsDue = 0;
  private narrowFailures = 0;
  /** Denials of the licence in a row. */
  private denials = 0;
  private head: Promise<void> | undefined;
  private reread: Promise<void> | undefined;

  constructor(stream: Stream, settings: PollerSettings) {
    this.stream = stream;
    this.rereads = new ReReads(stream);
    this.settings = settings;
    const wait = waitAfterRestart(stream.health, stream.parts.now(), BACKOFF.capMs);
    this.due = wait === 0 ? settings.firstSlot : Math.max(settings.firstSlot, performance.now() + wait);
  }

  /** Starts what is due. `now` is the monotonic clock in milliseconds. */
  tick(now: number): void {
    if (this.stopping.signal.aborted || !this.settings.hasRoom()) return;
    if (this.head === undefined && now >= this.due) {
      this.head = this.watched(this.settings.pulses.head, () => this.pollHead()).finally(() => {
        this.head = undefined;
      });
    }
    if (this.reread === undefined && now >= this.rereadsDue && this.mayReRead() && this.rereads.isDue) {
      this.reread = this.watched(this.settings.pulses.reread, () => this.workOff()).finally(() => {
        this.reread = undefined;
      });
    }
  }

  get condition(): Condition {
    return this.stream.health.condition;
  }

  /** The state was changed from outside. Throws TransientError or StateError. */
  refresh(): Promise<void> {
    return this.stream.refresh();
  }

  /** Aborts what is running and waits for it. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all([this.head, this.reread]);
  }

  private async pollHead(): Promise<void> {
    try {
      await readHead(this.stream, this.narrowFailures, this.reading(this.settings.pulses.head));
      this.narrowFailures = 0;
      this.denials = 0;
      if (this.stream.health.failures > 0) this.rereads.retrySoon();
      await this.stream.succeed();
      this.comeBack(nextSlot(this.settings.firstSlot, this.settings.everyMs, performance.now()));
    } catch (error) {
      await this.endRead(error);
    }
  }

  /** Slice after slice while rows are ready. */
  private async workOff(): Promise<void> {
    const reading = this.reading(this.settings.pulses.reread);
    try {
      await this.rereads.openDueSweeps();
      for (let row = this.rereads.next(); row; row = this.rereads.next()) {
        await this.rereads.readSlice(row, reading);
        if (!this.mayReRead() || !this.settings.hasRoom()) return;
        // An audit of weeks takes hours, and sweeps go before it.
        await this.rereads.openDueSweeps();
      }
    } catch (error) {
      await this.endRead(error);
      this.rereadsDue = this.due;
    }
  }

  /** A head that waits after a transient error does not hold back the re-reads: they may be its way out. */
  private mayReRead(): boolean {
    const { condition } = this.stream.health;
    return condition === "working" || condition === "waiting";
  }

  private async endRead(cause: unknown): Promise<void> {
    if (this.stopping.signal.aborted) return;
    const error = this.believed(cause);
    const wait = this.waitAfter(error);
    if (error instanceof TransientError && error.narrow) {
      this.narrowFailures += 1;
      this.stream.narrowPages();
    }
    this.comeBack(performance.now() + wait);
    await this.stream.fail(error, wait);
  }

  /** Graph denies licences that a tenant has, now and then (microsoft-graph-docs#14120): where reads worked, one proves nothing. */
  private believed(error: unknown): unknown {
    const { lastSuccess, condition } = this.stream.health;
    this.denials = error instanceof UnavailableError ? this.denials + 1 : 0;
    if (!(error instanceof UnavailableError) || lastSuccess === undefined || condition === "resting") return error;
    if (this.denials >= DENIALS_BELIEVED) return error;
    return new TransientError(error.code, error.message, { cause: error });
  }

  private comeBack(due: number): void {
    const { graph, source } = this.stream.parts;
    this.due = due;
    graph.expectHead(source.budget, due);
  }

  private waitAfter(error: unknown): number {
    const { random } = this.stream.parts;
    if (error instanceof BlockedError) return BLOCKED_PROBE_MS * (0.9 + random() * 0.2);
    if (error instanceof UnavailableError) return RESTING_PROBE_MS * (0.9 + random() * 0.2);
    if (!(error instanceof TransientError)) throw error;
    return Math.max(error.retryAfterMs, backoffMs(this.stream.health.failures + 1, BACKOFF, random));
  }

  private reading(pulse: Pulse): Reading {
    return { signal: this.stopping.signal, pulse, hasRoom: this.settings.hasRoom };
  }

  private async watched(pulse: Pulse, work: () => Promise<void>): Promise<void> {
    pulse.beat();
    try {
      await work();
    } catch (error) {
      if (error instanceof StateError || !this.stopping.signal.aborted) this.settings.onFatal(error);
    } finally {
      pulse.rest();
    }
  }
}
