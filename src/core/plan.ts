/**
 * What a stream has to open, decided from its checkpoint alone. Pure: the clock is an argument, and it is Graph's.
 *
 *   no mark yet            → the mark is Graph's present; a re-read reaches `backfill` back from when we were set up
 *   mark older than a slice → an outage: the mark moves to the present, a re-read covers the gap and the longest sweep
 *   head unreadable twice  → the same move, so that live reading goes on while slices isolate what cannot be read
 *   a tier's time has come  → a sweep from the end of its last completed sweep minus its length
 */
import type { NewReRead, ReRead, StreamChange, StreamState, SweepState } from "./stream-state.ts";

export interface SweepTier {
  readonly everyMs: number;
  readonly lengthMs: number;
}

export interface ReadingSettings {
  readonly everyMs: number;
  readonly backfillMs: number;
  /** How far the head reaches below the mark. */
  readonly overlapMs: number;
  readonly sweeps: readonly SweepTier[];
}

export interface Clocks {
  /** Graph's present. */
  readonly graph: number;
  /** Graph has not answered since the start, so that its present is the host's: too uncertain for small differences. */
  readonly isAssumed?: boolean;
  /** The host's present, which may be wrong by hours. */
  readonly host: number;
}

/** A head further behind than this is an outage: the gap becomes a re-read and live reading starts at the present. */
const OUTAGE_MS = 3_600_000;

/** After so many failures in a row that a smaller window could help, the head is handed to a re-read. */
const UNREADABLE_AFTER = 2;

/** The change that a stream needs before its head is read, or undefined. `narrowFailures` counts the head's, in a row. */
export function planHead(
  state: StreamState,
  now: Clocks,
  settings: ReadingSettings,
  narrowFailures: number,
): StreamChange | undefined {
  if (state.mark === undefined) return firstStart(state, now, settings);
  const behind = now.graph - state.mark;
  const isOutage = behind > Math.max(OUTAGE_MS, 2 * settings.everyMs);
  const isWrong = now.isAssumed !== true && isAhead(state, now.graph, settings);
  if (isOutage || isWrong) return outage(state, now.graph, settings);
  if (narrowFailures < UNREADABLE_AFTER) return undefined;
  return unreadableHead(state, now.graph, settings);
}

/** Whether one wrong clock among Graph's servers has moved the mark into the future, so that heads have read nothing since. */
export function isAhead({ mark }: StreamState, graph: number, { overlapMs }: ReadingSettings): boolean {
  return mark !== undefined && mark - graph > overlapMs;
}

/**
 * From where the head is read: the overlap below the mark, but never into a span that a re-read has because it cannot be
 * read. One bad record would otherwise hold the head for as long as the overlap is.
 */
export function headStart({ mark = 0, rereads }: StreamState, { overlapMs }: ReadingSettings): number {
  const unreadable = rereads.filter(({ reason }) => reason === "unreadable" || reason === "unreadable head");
  const ends = unreadable.map(({ to }) => Math.min(to, mark));
  return Math.max(mark - overlapMs, ...ends);
}

/** Reasons of re-reads over a past that was read before, or that cannot be read. */
const READ_BEFORE: readonly ReRead["reason"][] = ["sweep", "unreadable", "audit", "repair"];

/** Whether a part of the past was never read: what comes up there is not late. */
export function isBehind({ mark, rereads }: StreamState): boolean {
  return mark === undefined || rereads.some(({ reason }) => !READ_BEFORE.includes(reason));
}

/** The sweeps that are due, or undefined. `graph` is Graph's present. */
export function planSweeps(state: StreamState, graph: number, tiers: readonly SweepTier[]): StreamChange | undefined {
  if (state.mark === undefined) return undefined;
  const opened: NewReRead[] = [];
  const sweeps: SweepState[] = [];
  for (const { everyMs, lengthMs } of tiers) {
    const isOpen = state.rereads.some(({ tierMs }) => tierMs === lengthMs);
    const completedTo = state.sweeps.find(({ tierMs }) => tierMs === lengthMs)?.completedTo ?? graph - everyMs;
    // One wrong clock among Graph's servers may have moved it into the future: no sweep would be due until then.
    if (completedTo > graph) sweeps.push({ tierMs: lengthMs, completedTo: graph });
    if (isOpen || graph - completedTo < everyMs) continue;
    opened.push({ reason: "sweep", from: completedTo - lengthMs, to: graph, tierMs: lengthMs });
  }
  if (opened.length + sweeps.length === 0) return undefined;
  return { opened, ...(sweeps.length === 0 ? {} : { sweeps }) };
}

/** `born` is host time: the difference of the two clocks corrects it, so a wrong host clock loses nothing. */
function firstStart(state: StreamState, now: Clocks, settings: ReadingSettings): StreamChange {
  const bornGraph = Math.min(now.graph, state.born + now.graph - now.host);
  return {
    mark: now.graph,
    opened: [{ reason: "first start", from: bornGraph - settings.backfillMs, to: now.graph }],
    sweeps: sweepsAt(now.graph, settings.sweeps),
  };
}

/**
 * The change that starts live reading at the present and leaves everything since the mark to a re-read. That covers what
 * the sweeps still owed too, so they all start anew from the present. An open one that reaches up to the mark is made
 * longer: a stream that is parked for a month must not open one for each hour, nor one whose servers tell different times
 * for each time that they do.
 */
export function outage(state: StreamState, graph: number, settings: ReadingSettings): StreamChange {
  const recent = isAhead(state, graph, settings) ? recentOutage(state, graph) : undefined;
  if (recent) return { mark: graph, updated: { ...recent, to: Math.max(recent.to, graph) } };
  const lengths = settings.sweeps.map(({ lengthMs }) => lengthMs);
  const swept = state.sweeps.filter(({ tierMs }) => lengths.includes(tierMs));
  const oldest = Math.min(graph, state.mark ?? graph, ...swept.map(({ completedTo }) => completedTo));
  const from = oldest - Math.max(settings.overlapMs, ...lengths);
  const row = openUpTo(state, ["first start", "outage"]);
  return {
    mark: graph,
    ...(row ? { updated: { ...row, position: Math.min(row.position, from), to: graph } } : {}),
    ...(row ? {} : { opened: [{ reason: "outage", from, to: graph }] }),
    sweeps: sweepsAt(graph, settings.sweeps),
  };
}

/** The one that was opened when the mark was ahead before; the sweeps still owe what is late since. */
function recentOutage({ rereads }: StreamState, graph: number): ReRead | undefined {
  return rereads.find(({ reason, to }) => reason === "outage" && Math.abs(graph - to) <= OUTAGE_MS);
}

/** The same move where the head holds what cannot be read: its own reach alone, so that slices find it soon. */
function unreadableHead(state: StreamState, graph: number, settings: ReadingSettings): StreamChange {
  const row = openUpTo(state, ["unreadable head"]);
  if (row) return { mark: graph, updated: { ...row, to: graph } };
  return { mark: graph, opened: [{ reason: "unreadable head", from: headStart(state, settings), to: graph }] };
}

/** The open re-read that ends at the mark and has one of these reasons. */
function openUpTo({ mark, rereads }: StreamState, reasons: readonly ReRead["reason"][]): ReRead | undefined {
  return rereads.find(({ to, reason }) => to === mark && reasons.includes(reason));
}

function sweepsAt(graph: number, tiers: readonly SweepTier[]): SweepState[] {
  return tiers.map(({ lengthMs }) => ({ tierMs: lengthMs, completedTo: graph }));
}

/** Graph keeps sign-ins 30 days (7 in free tenants): what is this close to the edge goes first. */
const RETENTION_EDGES_MS = [29 * 86_400_000, 6 * 86_400_000];
const EDGE_WIDTH_MS = 86_400_000;

/**
 * The re-read to work on: first those about to leave Graph's retention, oldest first, then the others, then sweeps,
 * then audits, which nobody waits for but an operator.
 * `isReady` leaves out rows that wait after a failure.
 */
export function nextReRead(
  rereads: readonly ReRead[],
  graph: number,
  isReady: (row: ReRead) => boolean,
): ReRead | undefined {
  const ranked = rereads.filter(isReady).toSorted((a, b) => rank(a, graph) - rank(b, graph) || a.position - b.position);
  return ranked[0];
}

function rank(row: ReRead, graph: number): number {
  const age = graph - row.position;
  const isLeaving = RETENTION_EDGES_MS.some((edge) => age > edge && age < edge + EDGE_WIDTH_MS);
  if (isLeaving) return 0;
  if (row.reason === "unreadable") return 4;
  if (row.reason === "audit") return 3;
  return row.reason === "sweep" ? 2 : 1;
}
