/**
 * The vocabulary of the product, in the order in which a record meets it.
 *
 *   tenant     one Entra tenant, keyed by its GUID
 *   source     one Graph collection
 *   stream     one source of one tenant: the unit of checkpoint and of trouble
 *   record     one item as Graph returned it
 *   revision   the record's state in the fields whose change is news to a SIEM, numbered 1, 2, 3, …
 *   event      one revision of one record, with its place `seq` in the event log
 *   notice     what the forwarder tells the SIEM about itself: an event that Graph did not give
 *   message    an event formatted for one sink
 *   receipt    what a sink answers to a batch of messages
 *
 * This module holds types only and must not know who reads, stores or sends them.
 */

import type { ForwarderError } from "./errors.ts";
import type { Notice } from "./notice.ts";

export const SOURCE_NAMES = ["signIns", "riskDetections", "riskyUsers"] as const;

/** A Graph collection, spelled as Graph spells it. */
export type SourceName = (typeof SOURCE_NAMES)[number];

/** One source of one tenant. `tenantId` is the tenant's GUID in lower case. */
export interface StreamId {
  readonly tenantId: string;
  readonly source: SourceName;
}

/** One item as Graph returned it. Any property may be missing, null, empty or of an unexpected type. */
export type GraphRecord = Readonly<Record<string, unknown>>;

/** What a source says about a record so that dedupe can decide whether it is news. Times are epoch milliseconds. */
export interface Identity {
  /** Graph's id; where Graph gave none, a hash of the whole record. */
  readonly id: string;
  /** Hash over the fields whose change is news to a SIEM. */
  readonly revision: string;
  /** When Graph last changed the record; undefined where the collection has no such property or it is unreadable. */
  readonly changed?: number | undefined;
  /** The time property by which the collection is read; undefined where it is missing or unreadable. */
  readonly time?: number | undefined;
  /** The second in which the record was made, where that never changes: dedupe looks for it there. */
  readonly created?: number | undefined;
  readonly risk: Risk;
}

/** Graph's level and type of risk, for counting; anything may be in their place. */
export interface Risk {
  readonly level: unknown;
  readonly type: unknown;
}

/** What a record's key is likely to be, before it is parsed. */
export type Hint = Pick<Identity, "id" | "created">;

/**
 * A record as it was read, parsed when its properties are asked for: taking them throws TransientError (ERF3004) where it is
 * no JSON.
 */
export interface IdentifiedRecord {
  /** The bytes in which Graph sent it, a JSON text in UTF-8. */
  readonly json: Uint8Array;
  /** Where they begin in the page. */
  readonly start: number;
  /** The same without the policies that were applied, at which dedupe does not look. */
  readonly bare: Uint8Array;
  /** Absent: its first bytes say nothing. */
  readonly hint?: Hint | undefined;
  readonly record: GraphRecord;
  /** What its source says about it. */
  readonly identity: Identity;
}

/**
 * The records of a page. Each is to be let go of soon: parsed, all of them at once outlive the young generation, which costs
 * as much as to parse them.
 */
export interface Records extends Iterable<IdentifiedRecord> {
  readonly length: number;
  /** The page as Graph packed it. Absent: it did not come packed. */
  readonly gzip?: Uint8Array;
  /** Gives their memory back: from now on none of them may be taken, nor its bytes be looked at. */
  release?(): void;
}

/** What the event log keeps. */
export type StoredEvent = RecordEvent | NoticeEvent;

/** One revision of one record, as the event log keeps it. */
export interface RecordEvent {
  readonly seq: number;
  readonly stream: StreamId;
  readonly id: string;
  /** Revision number: 1 for the first appearance of the id. */
  readonly revision: number;
  /** Time of the record in epoch milliseconds; when the record has none, the time it was received. */
  readonly time: number;
  /** The only sink that it is for: the event was accepted before and is sent again. Absent: for every sink. */
  readonly sink?: string;
  readonly record: GraphRecord;
}

/** A notice, as the event log keeps it: for one sink. It is in no sink's books. */
export interface NoticeEvent {
  readonly seq: number;
  readonly id: string;
  /** Host time in epoch milliseconds. */
  readonly time: number;
  readonly sink: string;
  readonly notice: Notice;
}

/** Who follows one transaction of the event log. */
export interface Follower {
  /** Told of each event that every sink is to get, in order, while it may still be taken back. Must not throw. */
  appended(event: LoggedEvent): void;
  /** All of them are there to stay. Not called where they were taken back. */
  committed(): void;
}

/** What a message is of: a collection, or the forwarder itself. */
export type MessageSource = SourceName | "forwarder";

/** An event with the time at which it was read, in epoch milliseconds of the host's clock. */
export type LoggedEvent = StoredEvent & { readonly received: number };

/** An event formatted for one sink. `text` is one line without line breaks, in UTF-8. */
export interface Message {
  readonly seq: number;
  readonly source: MessageSource;
  /** Event time in epoch milliseconds, for the transport's own header. */
  readonly time: number;
  readonly text: Uint8Array;
}

export function isNotice(event: StoredEvent): event is NoticeEvent {
  return "notice" in event;
}

/** An event that can never be delivered as it is. */
export interface Rejection {
  readonly seq: number;
  readonly reason: string;
}

/**
 * A sink's answer to a batch. Every message up to and including `confirmed` is final as far as the sink's guarantee
 * reaches; it may trail the batch, and is undefined while nothing is confirmed yet. `failure` is what broke the batch
 * off after a part of it was confirmed: whatever follows `confirmed` is to be sent again.
 */
export interface Receipt {
  readonly confirmed?: number;
  readonly rejected: readonly Rejection[];
  readonly failure?: ForwarderError;
}
