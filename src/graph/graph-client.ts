/** The seam between sources and Graph: one tenant's collections, page by page. */
import type { GraphRecord, Hint, Identity, Records, SourceName } from "../core/event.ts";
import type { Pulse } from "../core/pulse.ts";

/** Graph's request budgets: 5 requests per 10 s for reports, 1 per second for identityProtection, per tenant. */
export type Budget = "reports" | "identityProtection";

/** What goes first within a budget. */
export type Priority = "head" | "reread" | "sweep";

export interface CollectionRequest {
  readonly source: SourceName;
  /** Path below the API version, for example `/auditLogs/signIns`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly budget: Budget;
  /** The application permission that this collection needs, for the remedy of a 403. */
  readonly permission: string;
  /** Asked for each record when its identity is. */
  readonly identify: (record: GraphRecord) => Identity;
  /** Asked for the bytes of each record. */
  readonly hint: (json: Buffer) => Hint | undefined;
  readonly priority: Priority;
  /** Told of every step, and of every wait how long it may take. */
  readonly pulse?: Pulse | undefined;
}

export interface Page {
  /** They are gone once the next page is asked for. */
  readonly records: Records;
  /** Graph's clock when it answered: the `Date` header in epoch milliseconds. */
  readonly serverTime: number;
  /** True for the page without a nextLink. */
  readonly isLast: boolean;
}

export interface GraphClient {
  /**
   * Gets a token if none is at hand and answers Graph's present time in epoch milliseconds.
   * Throws TransientError or BlockedError.
   */
  connect(signal: AbortSignal, pulse?: Pulse): Promise<number>;
  /** Graph's present time: its latest `Date` plus the time elapsed since; undefined before its first answer. */
  now(): number | undefined;
  /** Announces when a head is read next, in milliseconds of the monotonic clock: the budget it needs is kept for it. */
  expectHead(budget: Budget, at: number): void;
  /**
   * The collection's pages in Graph's order, following nextLink to its end. Each page waits for its turn in the budget.
   * Throws TransientError, BlockedError, UnavailableError or TooOldError, or the signal's reason.
   */
  pages(request: CollectionRequest, signal: AbortSignal): AsyncIterable<Page>;
}
