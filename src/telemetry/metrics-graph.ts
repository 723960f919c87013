/** Metrics of what is asked of Graph and Entra ID: request budgets, throttling, access tokens. */
import type { Family } from "./metrics-family.ts";
import type { Observation, TenantUsage } from "./observation.ts";

const LANE = ["tenant", "budget"] as const;

export class GraphMetrics {
  private readonly renewalFailures;
  private readonly current;

  constructor(family: Family) {
    this.renewalFailures = family.counter(
      "token_renewal_failures_total",
      "Failed renewals of a token that was still good",
      ["tenant", "code"],
    );
    this.current = {
      requests: family.counter("graph_requests_total", "Requests to Graph, the budget that they count to", LANE),
      used: family.gauge("graph_budget_used_ratio", "Share of a tenant's request budget in use", LANE),
      throttled: family.gauge("graph_throttled_answers", "Throttled answers in a row, 0 once Graph accepts", LANE),
      app: family.gauge("graph_app_budget_used_ratio", "Share of an app's budget over all tenants in use", ["app"]),
      token: family.gauge("token_expiry_timestamp_seconds", "When the access token at hand expires", ["tenant"]),
    };
  }

  renewalFailed(tenant: string, code: string): void {
    this.renewalFailures.inc({ tenant, code });
  }

  observe({ graph }: Observation): void {
    for (const metric of Object.values(this.current)) metric.reset();
    for (const tenant of graph.tenants) this.observeTenant(tenant);
    for (const { clientId, used } of graph.apps) this.current.app.set({ app: clientId }, used);
  }

  private observeTenant({ tenantId: tenant, budgets, tokenExpires }: TenantUsage): void {
    for (const { budget, requests, used, throttled } of budgets) {
      this.current.requests.inc({ tenant, budget }, requests);
      this.current.used.set({ tenant, budget }, used);
      this.current.throttled.set({ tenant, budget }, throttled);
    }
    if (tokenExpires !== undefined) this.current.token.set({ tenant }, tokenExpires / 1_000);
  }
}
