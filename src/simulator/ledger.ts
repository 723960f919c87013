/** What a forwarder must have delivered, and what it did on the way: the oracle of the tests. */
import type { SourceName } from "../core/event.ts";

/** One revision that became visible and is news by the product's promise. */
export interface LedgerEntry {
  readonly tenantId: string;
  readonly source: SourceName;
  readonly id: string;
  /** 1, 2, 3, … for each id. */
  readonly revision: number;
  /** Epoch milliseconds of Graph's clock. */
  readonly visibleAt: number;
  /** Said by whoever made it visible: a forwarder's mark had passed the record's time before. */
  readonly late?: boolean;
}

/** One request, logged when it arrives; `status` is 0 while it is not answered. */
export interface RequestEntry {
  readonly endpoint: "graph" | "token";
  /** Milliseconds of a monotonic clock. */
  readonly at: number;
  readonly path: string;
  readonly query: string;
  tenantId?: string;
  appId?: string;
  source?: SourceName;
  /** The request limit that it counted against. */
  limit?: "reports" | "identityProtection";
  status: number;
  /** Records in the answer. */
  served: number;
  /** The kind of the fault that shaped the answer. */
  fault?: string;
}

/** Everything that the simulator writes down. */
export interface Ledger {
  readonly entries: LedgerEntry[];
  readonly requests: RequestEntry[];
  /** Whatever a client did that Graph or a careful reviewer would object to. */
  readonly violations: string[];
}
