/**
 * The re-reads of a stream, one slice at a time, beside the head and never before it: each page waits in the request
 * budget behind every head. A failed slice waits by itself; the other rows and the head go on.
 */
import { backoffMs } from "../core/backoff.ts";
import { TooOldError, TransientError } from "../core/errors.ts";
import { nextReRead, planSweeps } from "../core/plan.ts";
import { afterFailure, afterSlice, cutToRetention, mustSplit, nextSlice, split } from "../core/slices.ts";
import type { ReRead, StreamChange } from "../core/stream-state.ts";
import { describeError } from "../telemetry/log.ts";
import type { Stream } from "./stream.ts";

const BACKOFF = { baseMs: 1_000, capMs: 3_600_000 };

export class ReReads {
  private readonly stream: Stream;
  /** Monotonic time before which a row that failed is not tried again. A restart tries at once. */
  private readonly notBefore = new Map<number, number>();

  constructor(stream: Stream) {
    this.stream = stream;
  }

  /** Whether there is anything to do now: a row that is ready, or a sweep to open. */
  get isDue(): boolean {
    return this.next() !== undefined || this.dueSweeps() !== undefined;
  }

  async openDueSweeps(): Promise<void> {
    const change = this.dueSweeps();
    if (change) await this.stream.commit([], change);
  }

  /** The row to work on now, if any. */
  next(): ReRead | undefined {
    const present = this.stream.parts.graph.now();
    if (present === undefined) return undefined;
    const now = performance.now();
    return nextReRead(this.stream.state.rereads, present, ({ id }) => (this.notBefore.get(id) ?? 0) <= now);
  }

  /** The head works again: what failed for the same reason need not wait any longer. */
  retrySoon(): void {
    for (const { id, reason } of this.stream.state.rereads) {
      if (reason !== "unreadable") this.notBefore.delete(id);
    }
  }

  /** Reads one slice of a row and commits its progress. Throws BlockedError, UnavailableError or the abort's reason. */
  async readSlice(row: ReRead, signal: AbortSignal): Promise<void> {
    try {
      await this.readPages(row, signal);
      this.notBefore.delete(row.id);
    } catch (error) {
      if (error instanceof TooOldError) return this.cut(row);
      if (error instanceof TransientError) return this.fail(row, error);
      throw error;
    }
  }

  private dueSweeps(): StreamChange | undefined {
    const { graph, settings } = this.stream.parts;
    const present = graph.now();
    return present === undefined ? undefined : planSweeps(this.stream.state, present, settings.sweeps);
  }

  private async readPages(row: ReRead, signal: AbortSignal): Promise<void> {
    const { source, graph } = this.stream.parts;
    const slice = nextSlice(row, source);
    const priority = row.reason === "sweep" ? "sweep" : "reread";
    const top = Math.min(slice.top ?? source.maxPageSize, this.stream.top);
    let records = 0;
    for await (const page of source.pages({ ...slice, top, priority }, graph, signal)) {
      records += page.records.length;
      if (page.isLast) return this.stream.commit(page.records, afterSlice(row, slice, records, source));
      if (mustSplit(row, source)) return this.stream.commit(page.records, { updated: split(row) });
      await this.stream.commit(page.records, {});
    }
  }

  private async cut(row: ReRead): Promise<void> {
    const { graph, now } = this.stream.parts;
    await this.stream.commit([], cutToRetention(row, graph.now() ?? now()));
  }

  private async fail(row: ReRead, error: TransientError): Promise<void> {
    const { id, log, metrics, random, source } = this.stream.parts;
    const wait = Math.max(error.retryAfterMs, backoffMs(row.failures + 1, BACKOFF, random));
    this.notBefore.set(row.id, performance.now() + wait);
    metrics.readFailed(id, error.code);
    log.debug("slice failed, will retry", { ...id, reason: row.reason, ...describeError(error) });
    // While the head fails too, Graph or the way to it is at fault, and smaller slices would not help.
    const isOnlyHere = this.stream.health.condition === "working";
    await this.stream.commit([], afterFailure(row, error.narrow && isOnlyHere, source));
  }
}
