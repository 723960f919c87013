/**
 * How a re-read is cut into slices. Pure. A slice doubles on short answers and is quartered on any failure that a smaller
 * one could avoid; at its smallest the page shrinks instead, so that eleven requests find the second that cannot be
 * read. That becomes a re-read of its own and the rest goes on. A slice is covered only when its last page is committed.
 */
import type { NewReRead, ReRead, Span, StreamChange, SweepState } from "./stream-state.ts";

/**
 * How a source's re-reads cover a span. slices: bounded slices of any number of pages, for a time that never changes.
 * single-page-slices: the time can move, and a row that leaves a bounded set shifts the rows behind it over a page
 * border, so a slice must fit one page. whole: the collection is a state table and is listed whole.
 */
export type Coverage = "slices" | "single-page-slices" | "whole";

/** What slicing needs to know of a source. */
export interface Sliced {
  readonly coverage: Coverage;
  readonly maxPageSize: number;
}

export interface Slice {
  readonly from?: number;
  readonly to?: number;
  readonly top?: number;
}

export const FIRST_SLICE_MS = 3_600_000;
const LARGEST_SLICE_MS = 7 * 86_400_000;
export const SMALLEST_SLICE_MS = 1_000;

/** The next span of a re-read. */
export function nextSlice(row: ReRead, { coverage }: Sliced): Slice {
  const top = row.top === undefined ? {} : { top: row.top };
  return coverage === "whole" ? top : { from: row.position, to: sliceEnd(row), ...top };
}

/**
 * Whether a slice has to be made smaller because its first page was not its last. At the smallest slice the pages are
 * followed all the same: a row that slips between them is caught by the next sweep.
 */
export function mustSplit(row: ReRead, { coverage }: Sliced): boolean {
  return coverage === "single-page-slices" && row.sliceMs > SMALLEST_SLICE_MS;
}

/** The row when a slice of a moving time did not fit one page. */
export function split(row: ReRead): ReRead {
  return { ...row, sliceMs: shrunk(row.sliceMs, 2) };
}

/** The commit after a slice's last page; `records` is how many it brought. */
export function afterSlice(row: ReRead, slice: Slice, records: number, { maxPageSize }: Sliced): StreamChange {
  if (slice.to === undefined || slice.to >= row.to) return completion(row);
  const isShort = records < maxPageSize / 2;
  const sliceMs = isShort ? Math.min(row.sliceMs * 2, LARGEST_SLICE_MS) : row.sliceMs;
  return { updated: { ...row, position: slice.to, sliceMs, failures: 0 } };
}

/**
 * The commit after a failure; `narrow` says that a smaller slice or page could help. `failures` counts those that left
 * nothing to try but patience. A page that became smaller stays so for the row's life: growing again would fail again.
 */
export function afterFailure(row: ReRead, narrow: boolean, { coverage, maxPageSize }: Sliced): StreamChange {
  const failed = { ...row, failures: row.failures + 1 };
  if (!narrow) return { updated: failed };
  if (coverage !== "whole" && row.sliceMs > SMALLEST_SLICE_MS) {
    return { updated: { ...row, failures: 0, sliceMs: shrunk(row.sliceMs, 4) } };
  }
  const top = row.top ?? maxPageSize;
  if (top > 1) return { updated: { ...row, failures: 0, top: Math.max(1, Math.floor(top / 4)) } };
  if (coverage === "whole" || row.reason === "unreadable") return { updated: failed };
  return setAside(row);
}

/** What cannot be read even record by record is set aside; the rest of the row goes on behind it. */
function setAside(row: ReRead): StreamChange {
  const end = sliceEnd(row);
  const opened: NewReRead[] = [{ reason: "unreadable", from: row.position, to: end }];
  if (end >= row.to) return { opened, ...completion(row) };
  const { top: _smallest, ...rest } = row;
  return { opened, updated: { ...rest, position: end, failures: 0 } };
}

const DAY_MS = 86_400_000;
const RETENTIONS_MS = [30 * DAY_MS, 7 * DAY_MS, DAY_MS];
const MARGIN_MS = 60_000;

/** The commit that cuts a row whose start Graph no longer holds, and the span that is lost to retention. */
export function cutToRetention(row: ReRead, graph: number): StreamChange {
  const limit = RETENTIONS_MS.map((age) => graph - age + MARGIN_MS).find((edge) => edge > row.position) ?? row.to;
  const lost: Span = { from: row.position, to: Math.min(limit, row.to) };
  if (limit >= row.to) return { lost, ...completion(row) };
  return { lost, updated: { ...row, position: limit, failures: 0 } };
}

/** A completed sweep moves its tier to where the sweep began to read. */
function completion(row: ReRead): StreamChange {
  if (row.tierMs === undefined) return { completed: row };
  const swept: SweepState = { tierMs: row.tierMs, completedTo: row.to };
  return { completed: row, sweeps: [swept] };
}

/** A small rest of the row is read along: it would cost a request of its own. */
function sliceEnd({ position, sliceMs, to }: ReRead): number {
  const end = position + sliceMs;
  return to - end < sliceMs / 2 ? to : end;
}

function shrunk(sliceMs: number, divisor: number): number {
  return Math.max(SMALLEST_SLICE_MS, Math.floor(sliceMs / divisor));
}
