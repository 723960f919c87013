/**
 * Graph's request limits as sliding windows. A request counts whether it is answered or refused, so a client that hammers
 * stays throttled.
 */

export interface Rate {
  readonly requests: number;
  readonly perMs: number;
}

export interface Rates {
  /** Reports, per app and tenant. */
  readonly reports: Rate;
  /** Reports, per app over all tenants. */
  readonly reportsOfApp: Rate;
  /** identityProtection, per tenant over all apps. */
  readonly identityProtection: Rate;
}

/** Graph throttling documentation, identity and access reports, identity protection. */
export const GRAPH_RATES: Rates = {
  reports: { requests: 5, perMs: 10_000 },
  reportsOfApp: { requests: 122, perMs: 10_000 },
  identityProtection: { requests: 1, perMs: 1_000 },
};

/** Requests sent at the right pace may arrive this much closer together. */
const JITTER_SHARE = 0.05;

/** When a request arrived: `earliest` lies before `at` where the simulator was too busy to see it at once. */
export interface Arrival {
  readonly at: number;
  readonly earliest: number;
}

export interface Charge {
  readonly limit: "reports" | "identityProtection";
  readonly tenantId: string;
  readonly appId: string;
}

export class Limits {
  private readonly rates: Rates;
  private readonly windows = new Map<string, number[]>();

  constructor(rates: Rates) {
    this.rates = rates;
  }

  /** Counts a request; tells which limit it exceeds, if any. */
  exceededBy(arrival: Arrival, { limit, tenantId, appId }: Charge): string | undefined {
    if (limit === "identityProtection") {
      return this.count(`identityProtection of tenant ${tenantId}`, this.rates.identityProtection, arrival);
    }
    const ofTenant = this.count(`reports of app ${appId} in tenant ${tenantId}`, this.rates.reports, arrival);
    const ofApp = this.count(`reports of app ${appId}`, this.rates.reportsOfApp, arrival);
    return ofTenant ?? ofApp;
  }

  private count(name: string, { requests, perMs }: Rate, { at, earliest }: Arrival): string | undefined {
    const start = at - perMs * (1 - JITTER_SHARE);
    const window = (this.windows.get(name) ?? []).filter((time) => time > start);
    window.push(earliest);
    this.windows.set(name, window);
    if (window.length <= requests) return undefined;
    return `${window.length} requests in ${perMs} ms, ${requests} allowed: ${name}`;
  }
}
