/**
 * The re-reads of a stream, one slice at a time, beside the head and never before it: each page waits in the request
 * budget behind every head. A failed slice waits by itself; the other rows and the head go on.
 */
import { backoffMs } from "../core/backoff.ts";
import { TooOldError, TransientError } from "../core/errors.ts";
import type { Records } from "../core/event.ts";
import { nextReRead, planSweeps } from "../core/plan.ts";
import { afterFailure, afterSlice, cutToRetention, isOverfull, isWhole, nextSlice, split } from "../core/slices.ts";
import { isErrand, type ReRead, type StreamChange, type StreamState } from "../core/stream-state.ts";
import { describeError } from "../telemetry/log.ts";
import type { Reading, Stream } from "./stream.ts";

const BACKOFF = { baseMs: 1_000, capMs: 3_600_000 };
/** Failures in a row after which an operator is told, once: half a minute of trouble passes by itself. */
const FAILURES_TOLD = 5;

export class ReReads {
  private readonly stream: Stream;
  /** Monotonic time before which a row that failed is not tried again. A restart tries at once. */
  private readonly notBefore = new Map<number, number>();
  /** Where the span began that a row is losing to retention: many cuts, told once. */
  private readonly losing = new Map<number, number>();

  constructor(stream: Stream) {
    this.stream = stream;
  }

  /** Whether there is anything to do now: a row that is ready, or a sweep to open. */
  get isDue(): boolean {
    return this.next() !== undefined || this.dueSweeps() !== undefined;
  }

  async openDueSweeps(): Promise<void> {
    const { graph, settings } = this.stream.parts;
    const present = graph.now();
    if (present === undefined) return;
    await this.stream.commit([], (state) => planSweeps(state, present, settings.sweeps));
  }

  /** The row to work on now, if any. */
  next(): ReRead | undefined {
    const { rereads } = this.stream.state;
    const present = this.stream.parts.graph.now();
    if (present === undefined || rereads.length === 0) return undefined;
    const now = performance.now();
    return nextReRead(rereads, present, ({ id }) => (this.notBefore.get(id) ?? 0) <= now);
  }

  /** The head works again: what failed for the same reason need not wait any longer. */
  retrySoon(): void {
    for (const { id, reason } of this.stream.state.rereads) {
      if (reason !== "unreadable") this.notBefore.delete(id);
    }
  }

  /** Reads one slice of a row and commits its progress. Throws BlockedError, UnavailableError or the abort's reason. */
  async readSlice(row: ReRead, reading: Reading): Promise<void> {
    try {
      await this.readPages(row, reading);
      this.notBefore.delete(row.id);
      this.tellLoss(row, row.position);
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

  private async readPages(row: ReRead, { signal, pulse, hasRoom }: Reading): Promise<void> {
    const { source, graph } = this.stream.parts;
    const slice = nextSlice(row, source);
    const priority = row.reason === "sweep" || row.reason === "audit" ? "sweep" : "reread";
    const top = Math.min(slice.top ?? source.maxPageSize, this.stream.top);
    const sizes: number[] = [];
    for await (const page of source.pages({ ...slice, top, priority, pulse }, graph, signal)) {
      sizes.push(page.records.length);
      // In a log that is full a slice of a week would go on for hours, and begin anew at each try if it stayed as long.
      const mustLeave = slice.to !== undefined && !page.isLast && !hasRoom();
      if (mustLeave || isOverfull(row, { sizes, top, isAtEnd: page.isLast }, source)) {
        return this.commit(row, page.records, (current) => ({ updated: split(current) }));
      }
      if (page.isLast) return this.commit(row, page.records, (current) => afterSlice(current, slice, sizes, source));
      await this.stream.commit(page.records, () => ({}), row);
    }
  }

  private async cut(row: ReRead): Promise<void> {
    const { graph, now } = this.stream.parts;
    if (!this.losing.has(row.id)) this.losing.set(row.id, row.position);
    await this.commit(row, [], (current) => cutToRetention(current, graph.now() ?? now()));
    if (!this.stream.state.rereads.some(({ id }) => id === row.id)) this.tellLoss(row, row.to);
  }

  private tellLoss(row: ReRead, to: number): void {
    const from = this.losing.get(row.id);
    if (from === undefined) return;
    this.losing.delete(row.id);
    const { id, log } = this.stream.parts;
    const span = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    if (isErrand(row)) return log.warn("Graph no longer holds a part of what was asked for", { ...id, ...span });
    log.error("span lost to retention: Graph no longer holds it", { ...id, code: "ERF3011", ...span });
  }

  /**
   * Progress of a row, unless the head has moved its start back meanwhile, or the end of one that is listed whole: then
   * the slice is read once more.
   */
  private commit(row: ReRead, records: Records, progress: (row: ReRead) => StreamChange): Promise<void> {
    const { source } = this.stream.parts;
    const decide = ({ rereads }: StreamState) => {
      const current = rereads.find(({ id }) => id === row.id);
      const isSame = current?.position === row.position && (current.to === row.to || !isWhole(row, source));
      return isSame ? withoutKnown(progress(current), rereads) : {};
    };
    return this.stream.commit(records, decide, row);
  }

  private async fail(row: ReRead, error: TransientError): Promise<void> {
    const { id, log, metrics, random, source } = this.stream.parts;
    const wait = Math.max(error.retryAfterMs, backoffMs(row.failures + 1, BACKOFF, random));
    this.notBefore.set(row.id, performance.now() + wait);
    metrics.readFailed(id, error.code);
    const details = { ...id, reason: row.reason, ...describeError(error) };
    log.debug("slice failed, will retry", details);
    const failures = row.failures + 1;
    if (failures === FAILURES_TOLD) log.warn("re-read does not get on, will retry", { ...details, failures });
    // While the head fails too, Graph or the way to it is at fault, and smaller slices would not help.
    const isOnlyHere = this.stream.health.condition === "working";
    await this.commit(row, [], (current) => afterFailure(current, error.narrow && isOnlyHere, source));
  }
}

/** What is set aside once is not set aside again by every sweep that meets it. */
function withoutKnown(change: StreamChange, rereads: readonly ReRead[]): StreamChange {
  if (change.opened === undefined) return change;
  const known = rereads.filter(({ reason }) => reason === "unreadable");
  const opened = change.opened.filter((row) => !known.some(({ from, to }) => from <= row.from && row.to <= to));
  return { ...change, opened };
}
