/**
 * The store: where pollers append and pumps advance. Promise-shaped, so that a shared database can implement it later.
 *
 * Every method is one transaction: after success all of it is durable, after an error none of it happened. Errors are
 * TransientError (disk full, locked: try again) or StateError (the file cannot be used any more).
 */
import type { IdentifiedRecord, Rejection, SourceName, StoredEvent, StreamId } from "../core/event.ts";
import type { Health } from "../core/health.ts";
import type { StreamChange, StreamState } from "../core/stream-state.ts";

export interface Committed {
  /** Records whose id was unknown. */
  readonly first: number;
  /** Records with a known id whose state is news. */
  readonly revised: number;
  /** Records that are no news. */
  readonly known: number;
  /** First records whose time lies below the mark as it was before. */
  readonly late: number;
  readonly state: StreamState;
}

export interface SinkState {
  readonly name: string;
  /** The highest `seq` that the sink has examined and answered for. */
  readonly cursor: number;
}

export interface OpenedSink extends SinkState {
  /** Events that were pruned while no configuration named the sink: it will never get them. */
  readonly missed: number;
}

export interface Acknowledgement {
  /** The cursor as the pump knows it: the store refuses the answer when another moved it. */
  readonly expected: number;
  readonly cursor: number;
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

/** Where a new sink starts: at the present, or at the oldest event the log still has. */
export type StartFrom = "present" | "start";

export interface StreamStatus extends StreamState {
  readonly health: Health;
  readonly lost: readonly { readonly from: number; readonly to: number }[];
}

export interface SinkStatus extends SinkState {
  readonly health: Health;
  /** Events behind which the sink lags. */
  readonly backlog: number;
  /** Time of the oldest event that waits, in epoch milliseconds. */
  readonly oldest?: number;
  readonly deadLetters: number;
}

export interface StoreStatus {
  readonly streams: readonly StreamStatus[];
  readonly sinks: readonly SinkStatus[];
  readonly events: number;
  readonly bytes: number;
}

export interface Store {
  /** The stream's checkpoint; created with `born` (host time, epoch milliseconds) when it is new. */
  openStream(stream: StreamId, born: number): Promise<StreamState>;
  /** Dedupes and appends records, remembers their keys and applies the change of the checkpoint. */
  commit(stream: StreamId, records: readonly IdentifiedRecord[], change: StreamChange): Promise<Committed>;
  saveStreamHealth(stream: StreamId, health: Health): Promise<void>;

  /** The sink's cursor; created where `startFrom` says when it is new. */
  openSink(name: string, startFrom: StartFrom): Promise<OpenedSink>;
  /** The events after a place in the log, in order, at most `limit`. */
  after(seq: number, limit: number): Promise<readonly StoredEvent[]>;
  /** Moves the sink's cursor and keeps what it rejected as dead letters. */
  acknowledge(sink: string, answer: Acknowledgement): Promise<void>;
  saveSinkHealth(name: string, health: Health): Promise<void>;

  /** Deletes up to 1,000 events and keys that nobody needs any more; answers how many events. */
  prune(pruning: Pruning): Promise<number>;
  status(): Promise<StoreStatus>;
  close(): Promise<void>;
}
