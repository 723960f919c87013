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
const DAY_MS = 86_400_000;
/** Reports are throttled for queries that take too long; risk that lies years back is sparse. */
const LARGEST_SLICE_MS: Readonly<Record<Coverage, number>> = {
  slices: 7 * DAY_MS,
  "single-page-slices": 366 * DAY_MS,
  whole: 366 * DAY_MS,
};
export const SMALLEST_SLICE_MS = 1_000;
/** After a walk over more full pages than this the next slice is shorter, so that progress is committed often. */
const LONG_WALK = 10;

/** The next span of a re-read. */
export function nextSlice(row: ReRead, source: Sliced): Slice {
  const top = row.top === undefined ? {} : { top: row.top };
  return isWhole(row, source) ? top : { from: row.position, to: sliceEnd(row), ...top };
}

/** A table is listed whole, until one of its records cannot be read: then by slices of its time, like the others. */
export function isWhole({ reason }: ReRead, { coverage }: Sliced): boolean {
  return coverage === "whole" && reason !== "unreadable table" && reason !== "unreadable";
}

/** The pages of a slice so far. */
export interface Walk {
  readonly sizes: readonly number[];
  /** The page size that was asked for. */
  readonly top: number;
  /** Whether there is no nextLink any more. */
  readonly isAtEnd: boolean;
}

/**
 * Whether a slice has to be made smaller because it does not fit one page: more pages than one brought records, or a
 * full one has a nextLink. At the smallest slice the pages are followed all the same: a row that slips between them is
 * caught by the next sweep.
 */
export function isOverfull(row: ReRead, { sizes, top, isAtEnd }: Walk, source: Sliced): boolean {
  if (source.coverage === "slices" || isWhole(row, source) || row.sliceMs <= SMALLEST_SLICE_MS) return false;
  const isFull = !isAtEnd && (sizes.at(-1) ?? 0) >= top;
  return isFull || sizes.filter((size) => size > 0).length > 1;
}

/** The row when a slice of a moving time did not fit one page. */
export function split(row: ReRead): ReRead {
  return { ...row, sliceMs: shrunk(row.sliceMs, 2) };
}

/** The commit after a slice's last page; `sizes` are those of its pages. */
export function afterSlice(row: ReRead, slice: Slice, sizes: readonly number[], source: Sliced): StreamChange {
  if (slice.to === undefined || slice.to >= row.to) return completion(row);
  return { updated: { ...row, position: slice.to, sliceMs: nextLength(row, sizes, source), failures: 0 } };
}

/** Twice as long after a short answer, half as long after a long walk. */
function nextLength({ sliceMs }: ReRead, sizes: readonly number[], { coverage, maxPageSize }: Sliced): number {
  let records = 0;
  for (const size of sizes) records += size;
  if (records < maxPageSize / 2) return Math.min(sliceMs * 2, LARGEST_SLICE_MS[coverage]);
  return records > LONG_WALK * maxPageSize ? shrunk(sliceMs, 2) : sliceMs;
}

/**
 * The commit after a failure; `narrow` says that a smaller slice or page could help. `failures` counts those that left
 * nothing to try but patience. A page that became smaller stays so for the row's life: growing again would fail again.
 */
export function afterFailure(row: ReRead, narrow: boolean, source: Sliced): StreamChange {
  const failed = { ...row, failures: row.failures + 1 };
  if (!narrow) return { updated: failed };
  if (!isWhole(row, source) && row.sliceMs > SMALLEST_SLICE_MS) {
    return { updated: { ...row, failures: 0, sliceMs: shrunk(row.sliceMs, 4) } };
  }
  const top = row.top ?? source.maxPageSize;
  if (top > 1) return { updated: { ...row, failures: 0, top: Math.max(1, Math.floor(top / 4)) } };
  if (row.reason === "unreadable") return { updated: failed };
  return isWhole(row, source) ? bySlices(row) : setAside(row);
}

/** Risk of users is older than nothing: Identity Protection was announced in 2015. */
const OLDEST_RISK = Date.UTC(2015, 0, 1);

/** A table of which one record cannot be read is gone through by time, so that the others can be. */
function bySlices(row: ReRead): StreamChange {
  return { opened: [{ reason: "unreadable table", from: OLDEST_RISK, to: row.to }], ...completion(row) };
}

/** What cannot be read even record by record is set aside; the rest of the row goes on behind it. */
function setAside(row: ReRead): StreamChange {
  const end = sliceEnd(row);
  const opened: NewReRead[] = [{ reason: "unreadable", from: row.position, to: end }];
  if (end >= row.to) return { opened, ...completion(row) };
  const { top: _smallest, ...rest } = row;
  return { opened, updated: { ...rest, position: end, failures: 0 } };
}

/** Longer than this Graph keeps no sign-in; tenants without a licence have seven days, and what else there is it does not say. */
const LONGEST_RETENTION_MS = 30 * DAY_MS;
const FIRST_CUT_MS = 60_000;
const LONGEST_CUT_MS = 3_600_000;

/**
 * The commit that cuts a row whose start Graph no longer holds, and the span that is lost to retention: first to the
 * longest retention there is, then by steps that grow from a minute to an hour. The edge is nowhere told, and longer
 * steps could throw away what Graph still has. `failures` counts the refusals.
 */
export function cutToRetention(row: ReRead, graph: number): StreamChange {
  const step = Math.min(FIRST_CUT_MS * 2 ** Math.min(row.failures, 10), LONGEST_CUT_MS);
  const limit = Math.max(graph - LONGEST_RETENTION_MS, row.position + step);
  const lost: Span = { from: row.position, to: Math.min(limit, row.to) };
  if (limit >= row.to) return { lost, ...completion(row) };
  return { lost, updated: { ...row, position: limit, failures: row.failures + 1 } };
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
