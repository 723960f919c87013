/**
 * What an operator's commands do with the state, beside a running daemon as well as without one: short transactions
 * that the daemon takes up within a second, or at its next start. Errors are those of the store, and RequestError where
 * the state does not have what is asked for.
 */
import type { SourceName, StreamId } from "../core/event.ts";
import type { Health } from "../core/health.ts";
import type { NewReRead } from "../core/stream-state.ts";
import type { AuditFindings } from "./store.ts";

/** An event that a sink rejected for good. `rejected` is host time in epoch milliseconds. */
export interface DeadLetter {
  readonly sink: string;
  readonly seq: number;
  readonly reason: string;
  readonly rejected: number;
  readonly tenantId: string;
  readonly source: SourceName;
  readonly id: string;
  readonly revision: number;
  /** The record's time in epoch milliseconds. */
  readonly time: number;
  /** The record as Graph returned it, in JSON. */
  readonly record: string;
}

/** Dead letters of one sink; without `seqs` all of them. */
export interface DeadLetterChoice {
  readonly sink: string;
  readonly seqs?: readonly number[];
}

export interface ReplayRequest {
  readonly sink: string;
  /** Events that were received since this, in epoch milliseconds of the host. */
  readonly since: number;
}

export interface ReReadRequest extends NewReRead {
  readonly stream: StreamId;
}

export interface Requested {
  /** The numbers that audits are found by. */
  readonly ids: readonly number[];
  /** Streams that were never read. */
  readonly unread: readonly StreamId[];
}

export interface OperatorStore {
  /** Opens re-reads, each up to its stream's mark at most. A stream that was never read is left out, but not all are. */
  requestReReads(requests: readonly ReReadRequest[]): Promise<Requested>;
  /** Audits from a number on. */
  audits(from: number): Promise<readonly AuditFindings[]>;
  /** Undefined when the stream was never opened. */
  streamHealth(stream: StreamId): Promise<Health | undefined>;

  /** Opens a replay of what a sink has passed; answers how many places of the log it covers and the first one's time. */
  requestReplay(request: ReplayRequest): Promise<{ readonly events: number; readonly from: number }>;

  /** Dead letters, of every sink or of one, oldest first. */
  deadLetters(sink?: string): Promise<readonly DeadLetter[]>;
  /** Some dead letters, all of which must be there. */
  chosen(choice: DeadLetterChoice): Promise<readonly DeadLetter[]>;
  /** Puts dead letters into the log again, for their sink alone; answers how many. */
  resend(choice: DeadLetterChoice): Promise<number>;
  /** Forgets dead letters; answers how many. */
  drop(choice: DeadLetterChoice): Promise<number>;

  /**
   * Forgets a sink, its cursor, its dead letters and its replays. Nothing may work on it. Throws RequestError while
   * `heir`, the sink that is to take all that over, has no place of its own yet.
   */
  dropSink(name: string, heir?: string): Promise<void>;

  close(): Promise<void>;
}
