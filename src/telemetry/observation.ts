/** What one look at the whole forwarder sees: the state, and what only the running process knows. */
import type { StoreStatus } from "../store/store.ts";
import type { Configured } from "./configured.ts";

export interface Observation {
  readonly version: string;
  /** Host time in epoch milliseconds. */
  readonly now: number;
  readonly state: StoreStatus;
  /** What the configuration names; the state remembers others too. */
  readonly configured: Configured;
  readonly graph: GraphUsage;
  /** Whether polling waits for room in the event log. */
  readonly isPaused: boolean;
}

interface GraphUsage {
  readonly tenants: readonly TenantUsage[];
  readonly apps: readonly AppUsage[];
}

export interface TenantUsage {
  readonly tenantId: string;
  /** Graph's clock, in epoch milliseconds; undefined before its first answer. */
  readonly present?: number;
  /** When the access token at hand expires, in epoch milliseconds of the host's clock. */
  readonly tokenExpires?: number;
  readonly budgets: readonly BudgetUsage[];
}

interface BudgetUsage {
  readonly budget: string;
  /** Share of the requests that Graph allows now. */
  readonly used: number;
  /** Requests since the start. */
  readonly requests: number;
  /** Answers in a row by which Graph throttled. */
  readonly throttled: number;
}

/** A budget that one app registration has over all its tenants. */
interface AppUsage {
  readonly clientId: string;
  readonly used: number;
}
