/**
 * The store: where pollers append and pumps advance. Promise-shaped, so that a shared database can implement it later.
 *
 * Every method is one transaction: after success all of it is durable, after an error none of it happened. Errors are
 * TransientError (disk full, locked: try again) or StateError (the file cannot be used any more).
 */
import type { LoggedEvent, Records, Rejection, Risk, SourceName, StreamId } from "../core/event.ts";
import type { Health } from "../core/health.ts";
import type { Announcement } from "../core/notice.ts";
import type { ReRead, StreamChange, StreamState } from "../core/stream-state.ts";

export interface Committed {
  /** Records whose id was unknown. */
  readonly first: number;
  /** Records with a known id whose state is news. */
  readonly revised: number;
  /** Records that are no news. */
  readonly known: number;
  /** Of those, what was appended once more for one sink. */
  readonly resent: number;
  /** First records whose time lies below the mark as it was before, where that was read already. */
  readonly late: number;
  /** How far below the mark each late one lies, in milliseconds. */
  readonly lateByMs: readonly number[];
  /** When Graph made what was appended: the time of a first record, the change of a known one; absent ones left out. */
  readonly madeAt: readonly number[];
  /** Of the records that were appended as news. */
  readonly risks: readonly Risk[];
  readonly state: StreamState;
}

/** A stream as an earlier run left it. */
export interface OpenedStream {
  readonly state: StreamState;
  readonly health: Health;
}

/** What a configuration tells of a sink besides where it starts. */
export interface SinkOrigin {
  /** Where its collector is. */
  readonly route?: string;
  /** The name that it had before. */
  readonly renamedFrom?: string | undefined;
}

export interface SinkState {
  readonly name: string;
  /** The highest `seq` that the sink has examined and answered for. */
  readonly cursor: number;
}

export interface OpenedSink extends SinkState {
  /** As an earlier run left it. */
  readonly health: Health;
  /** Events that were pruned while no configuration named the sink: it will never get them. */
  readonly missed: number;
}

/** What became of the events that a cursor has passed. */
export interface Fates {
  readonly delivered: number;
  /** Left out by the sink's selection. */
  readonly filtered: number;
  /** Kept as dead letters. */
  readonly rejected: number;
  /** Pruned while no configuration named the sink. */
  readonly missed: number;
  /** Sent again at an operator's wish, whatever came of it: they were accepted, and counted, before. */
  readonly resent: number;
}

/** A sink's books since its start: accepted = delivered + filtered + rejected + missed + pending. */
export interface Books extends Fates {
  readonly accepted: number;
  readonly pending: number;
}

export interface Acknowledgement {
  /** The cursor as the pump knows it: the store refuses the answer when another moved it. */
  readonly expected: number;
  readonly cursor: number;
  readonly fates: Fates;
  readonly rejected: readonly Rejection[];
}

/** What may be deleted. */
export interface Pruning {
  /**
   * Events received before this, in epoch milliseconds of the host, once the cursors of `sinks` have passed them;
   * Infinity: all that they have passed.
   */
  readonly before: number;
  readonly sinks: readonly string[];
  /**
   * For each source, how long before its stream's mark and all of its re-reads a record's key is forgotten, in
   * milliseconds of Graph's clock: what can still be read must be remembered, whatever the host's clock says.
   */
  readonly forgetAfterMs: ReadonlyMap<SourceName, number>;
}

/** What an audit of one stream found; without `found` it is still going on. */
export interface AuditFindings {
  /** The number of its re-read. */
  readonly id: number;
  readonly stream: StreamId;
  readonly from: number;
  readonly to: number;
  /** Graph holds nothing any more from before this. */
  readonly cutBefore?: number;
  /** False when some records could not be read. */
  readonly isWhole: boolean;
  /** Records that Graph holds: accepted before as they are, never accepted, accepted in an older state. */
  readonly found?: { readonly known: number; readonly missing: number; readonly changed: number };
}

/** Dead letters that the state keeps for each sink; one more and the sink stands still. */
export const MAX_DEAD_LETTERS = 10_000;

/** A second, temporary cursor of a sink, over a part of the log that it has passed. */
export interface Replay extends SinkState {
  readonly id: number;
  /** The last `seq` that it sends again. */
  readonly finish: number;
}

export interface ReplayStatus extends Replay {
  readonly health: Health;
  /** Places of the log between the cursor and its end, which it keeps from being pruned. */
  readonly backlog: number;
  readonly resent: number;
}

/** Where a new sink starts: at the present, or at the oldest event the log still has. */
export type StartFrom = "present" | "start";

/** Events and records of a stream since its state has counted them. */
export interface StreamTotals {
  /** Revisions appended to the event log. */
  readonly accepted: number;
  /** Of those, changes of records that were known. */
  readonly revised: number;
  /** Of those, records that became visible below the mark. */
  readonly late: number;
  /** Of those, what an operator's audit found missing or changed. */
  readonly repaired: number;
}

export interface StreamStatus extends StreamState {
  readonly health: Health;
  readonly totals: StreamTotals;
  readonly lost: readonly { readonly from: number; readonly to: number }[];
}

export interface SinkStatus extends SinkState {
  /** Where its collector was when it was last configured; absent: not known. */
  readonly route?: string;
  readonly health: Health;
  /** Places of the log between the cursor and its end. */
  readonly backlog: number;
  readonly books: Books;
  /** Time of the oldest event that waits, in epoch milliseconds. */
  readonly oldest?: number;
  /** When that event was read, in epoch milliseconds of the host's clock. */
  readonly waitingSince?: number;
  readonly deadLetters: number;
}

export interface StoreStatus {
  readonly streams: readonly StreamStatus[];
  readonly sinks: readonly SinkStatus[];
  readonly replays: readonly ReplayStatus[];
  readonly events: number;
  readonly bytes: number;
}

export interface Store {
  /** The stream's checkpoint and health; created with `born` (host time, epoch milliseconds) when it is new. */
  openStream(stream: StreamId, born: number): Promise<OpenedStream>;
  /**
   * Dedupes and appends records, remembers their keys and applies the change of the checkpoint. `row` is the re-read
   * that brought the records: an audit appends nothing, and a backfill may send again what was accepted before. Throws
   * what taking a record throws, too.
   */
  commit(stream: StreamId, records: Records, change: StreamChange, row?: ReRead): Promise<Committed>;
  saveStreamHealth(stream: StreamId, health: Health): Promise<void>;

  /**
   * The sink's cursor and health; created where `startFrom` says when it is new. One that is new and had another name takes over
   * all that is the former one's. Nothing may work on either.
   */
  openSink(name: string, startFrom: StartFrom, origin?: SinkOrigin): Promise<OpenedSink>;
  /**
   * The events after a place in the log, in order, at most `limit`. Each is parsed when it is taken: a whole batch of them
   * is more than the collector of garbage gets over with at once.
   */
  after(seq: number, limit: number): Promise<Iterable<LoggedEvent>>;
  /** Moves the sink's cursor and keeps what it rejected as dead letters. */
  acknowledge(sink: string, answer: Acknowledgement): Promise<void>;
  saveSinkHealth(name: string, health: Health): Promise<void>;
  /** How many more dead letters of a sink there is room for. */
  deadLetterRoom(sink: string): Promise<number>;

  /** Replays that are not finished, oldest first. */
  replays(): Promise<readonly Replay[]>;
  /** Moves a replay's cursor and keeps what was rejected; a replay that has reached its end is deleted. */
  acknowledgeReplay(id: number, answer: Acknowledgement): Promise<void>;
  saveReplayHealth(id: number, health: Health): Promise<void>;

  /**
   * Appends what the forwarder tells about itself, whether the event log is full or not. A sink that has not taken what
   * it alone is to get from before `staleBefore`, in epoch milliseconds of the host, gets no heartbeat: they would only
   * pile up.
   */
  announce(announcements: readonly Announcement[], staleBefore: number): Promise<void>;

  /** Whether a start was told and no stop since then. False where neither is in the log any more. */
  endedAbruptly(): Promise<boolean>;

  /** Deletes up to 1,000 events and keys that nobody needs any more; answers how many events. */
  prune(pruning: Pruning): Promise<number>;
  status(): Promise<StoreStatus>;
  /** Whether another process, an operator's command, has written since the last call. */
  isChangedOutside(): Promise<boolean>;
  close(): Promise<void>;
}
