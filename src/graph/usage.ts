/** What was asked of Graph lately, and what it still allows: for metrics and status. */
import type { Budget } from "./graph-client.ts";

interface BudgetUsage {
  readonly budget: Budget;
  /** Share of the requests that Graph allows now. */
  readonly used: number;
  /** Requests since the start. */
  readonly requests: number;
  /** Answers in a row by which Graph throttled. */
  readonly throttled: number;
}

export interface Usage {
  readonly tenants: readonly {
    readonly tenantId: string;
    /** Graph's clock, in epoch milliseconds; absent before its first answer. */
    readonly present?: number;
    /** When the access token at hand expires, in epoch milliseconds of the host's clock. */
    readonly tokenExpires?: number;
    readonly budgets: readonly BudgetUsage[];
  }[];
  /** The budget that each app registration has over all its tenants. */
  readonly apps: readonly { readonly clientId: string; readonly used: number }[];
}
