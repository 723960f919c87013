/**
 * The seam between delivery and a transport. A sink knows messages and its collector; it must not know formats, the
 * store or sources.
 */
import type { Message, Receipt } from "../core/event.ts";

/**
 * What a receipt proves. acknowledged: the collector answered for each message. confirmed-late: the collector read the
 * batch and was still there afterwards. best-effort: the bytes left this host.
 */
export type Guarantee = "acknowledged" | "confirmed-late" | "best-effort";

/** A commit of the cursor, and for some sinks a connection, is shared by so many messages. */
export const MAX_BATCH = 500;

/**
 * The pump is the only caller and never calls two methods of one sink at the same time.
 *
 * After a rejected promise nothing that was not yet confirmed may be taken as delivered: the pump sends everything
 * after the last confirmed `seq` again, so the sink forgets what it held back. Errors are TransientError or
 * BlockedError. An abort rejects at once with the signal's reason; the same rule holds. A sink that learns of each
 * message by itself answers what it knows, with the error or the abort as the receipt's `failure`.
 */
export interface Sink {
  readonly name: string;
  readonly guarantee: Guarantee;
  /** Bytes that a message's text may have so that the whole frame stays within `maxMessageBytes`. */
  readonly maxTextBytes: number;
  /** Messages that one `send` should have at most: what a kill of this process repeats. */
  readonly maxBatch: number;

  /** Sends a batch in order. `confirmed` of the receipt may trail; a later `send` or `flush` brings it up. */
  send(batch: readonly Message[], signal: AbortSignal): Promise<Receipt>;
  /** Confirms what was sent and is still unconfirmed. Called after a second of silence and in the drain. */
  flush(signal: AbortSignal): Promise<Receipt>;
  /** Finds out whether the collector can be reached, without sending a message. */
  probe(signal: AbortSignal): Promise<void>;
  /** Releases sockets. Safe to call twice. */
  close(): Promise<void>;
}
