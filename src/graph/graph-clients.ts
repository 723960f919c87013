/** Composes the Graph clients of all tenants: connections are shared per CA, the app-wide budget per app registration. */

import { Governor } from "./governor.ts";
import type { Budget } from "./graph-client.ts";
import { GraphClock } from "./graph-clock.ts";
import { HttpClient } from "./http.ts";
import type { Lane } from "./lane.ts";
import { SlidingWindow } from "./sliding-window.ts";
import { type GraphTenant, originsOf } from "./tenant.ts";
import { TenantClient } from "./tenant-client.ts";
import { requestToken } from "./token-request.ts";
import { Tokens } from "./tokens.ts";
import type { Usage } from "./usage.ts";

export interface GraphOptions {
  readonly version: string;
  /** Where HTTPS_PROXY and NO_PROXY are read. */
  readonly environment: NodeJS.ProcessEnv;
  /** Time for one request, 60 s by default. */
  readonly deadlineMs?: number;
  /** Requests for one page until an error is thrown that may pass, 5 by default. */
  readonly attempts?: number;
  /** Called at the end of each renewal of a token ahead of time, with its error if it failed. */
  readonly onRenewal?: (tenantId: string, error?: unknown) => void;
  /** Waited for before an answer as large as a page is unpacked. */
  readonly turn?: () => Promise<void>;
  /** True where an earlier process may just have used the budgets up: each then stands still for one window. */
  readonly isBudgetUsed?: boolean;
}

/** Graph's limits (throttling doc), each with a margin for clocks of unequal pace. */
const REPORTS_PER_TENANT = { limit: 5, lengthMs: 10_200 };
const REPORTS_PER_APP = { limit: 122, lengthMs: 10_200 };
const IDENTITY_PROTECTION_PER_TENANT = { limit: 1, lengthMs: 1_050 };

const DEFAULT_DEADLINE_MS = 60_000;

interface Served {
  readonly tenant: GraphTenant;
  readonly http: HttpClient;
  readonly tokens: Tokens;
  readonly client: TenantClient;
  readonly lanes: Readonly<Record<Budget, Lane>>;
}

export class GraphClients {
  private readonly options: GraphOptions;
  private readonly https = new Map<string, HttpClient>();
  /** Budgets outlive the clients that use them up: Graph counts on while a tenant is set up anew. */
  private readonly apps = new Map<string, Governor>();
  private readonly lanes = new Map<string, Lane>();
  private served: ReadonlyMap<string, Served> = new Map();
  private replaced: readonly Served[] = [];

  constructor(tenants: readonly GraphTenant[], options: GraphOptions) {
    this.options = options;
    this.follow(tenants);
  }

  /** The client of a tenant by its GUID in lower case. */
  of(tenantId: string): TenantClient {
    const served = this.served.get(tenantId);
    if (served === undefined) throw new Error(`no Graph client for tenant ${tenantId}`);
    return served.client;
  }

  /** What is used of the budgets now, and what else metrics tell. */
  usage(): Usage {
    const now = performance.now();
    const served = [...this.served.values()];
    const apps = new Map(
      served.map(({ tenant }) => [tenant.clientId.toLowerCase(), this.governorOf(tenant).used(now)]),
    );
    return {
      tenants: served.map((one) => usageOf(one, now)),
      apps: [...apps].map(([clientId, used = 0]) => ({ clientId, used })),
    };
  }

  /**
   * Makes a client for each tenant that is new or whose recipe has changed; the others stay. What they replace can be
   * used until `closeReplaced`.
   */
  follow(tenants: readonly GraphTenant[]): void {
    const before = [...this.served.values()];
    this.served = new Map(tenants.map((tenant) => [tenant.tenantId, this.stayingOrNew(tenant)]));
    const staying = new Set(this.served.values());
    this.replaced = [...this.replaced, ...before.filter((served) => !staying.has(served))];
  }

  /** Ends the token requests of replaced clients and closes the connections that no present client uses. */
  closeReplaced(): void {
    for (const { tokens } of this.replaced) tokens.close();
    this.replaced = [];
    const used = new Set([...this.served.values()].map(({ http }) => http));
    for (const [ca, http] of this.https) {
      if (used.has(http)) continue;
      http.close();
      this.https.delete(ca);
    }
  }

  /** Ends token requests and closes every connection. Safe to call twice. */
  close(): void {
    this.follow([]);
    this.closeReplaced();
  }

  private stayingOrNew(tenant: GraphTenant): Served {
    const served = this.served.get(tenant.tenantId);
    return served !== undefined && served.tenant.recipe === tenant.recipe ? served : this.serve(tenant);
  }

  private serve(tenant: GraphTenant): Served {
    const http = this.httpOf(tenant.endpoints?.ca);
    const clock = new GraphClock();
    const { deadlineMs = DEFAULT_DEADLINE_MS, attempts, onRenewal } = this.options;
    const tokens = new Tokens(
      (wish) => requestToken({ tenant, http, clock }, wish),
      (error) => onRenewal?.(tenant.tenantId, error),
    );
    const lanes = this.lanesOf(tenant);
    const client = new TenantClient({ tenant, http, tokens, clock, lanes, deadlineMs, attempts });
    return { tenant, http, tokens, client, lanes };
  }

  private httpOf(ca: string | undefined): HttpClient {
    const { version, environment, turn } = this.options;
    const options = { version, environment, ...(ca && { ca }), ...(turn && { turn }) };
    return remembered(this.https, ca ?? "", () => new HttpClient(options));
  }

  /** identityProtection is limited per tenant, over all apps; only the reports have a limit per app. */
  private lanesOf(tenant: GraphTenant): Readonly<Record<Budget, Lane>> {
    const { graph } = originsOf(tenant);
    return {
      reports: remembered(this.lanes, `${appOf(tenant)} ${tenant.tenantId}`, () =>
        this.governorOf(tenant).lane(this.windowOf(REPORTS_PER_TENANT)),
      ),
      identityProtection: remembered(this.lanes, `${graph} ${tenant.tenantId}`, () =>
        new Governor().lane(this.windowOf(IDENTITY_PROTECTION_PER_TENANT)),
      ),
    };
  }

  private governorOf(tenant: GraphTenant): Governor {
    return remembered(this.apps, appOf(tenant), () => new Governor(this.windowOf(REPORTS_PER_APP)));
  }

  private windowOf({ limit, lengthMs }: { readonly limit: number; readonly lengthMs: number }): SlidingWindow {
    const window = new SlidingWindow(limit, lengthMs);
    if (this.options.isBudgetUsed) window.fill(performance.now());
    return window;
  }
}

/** The clients of all tenants. Nothing is sent before the first call of one. */
export function createGraphClients(tenants: readonly GraphTenant[], options: GraphOptions): GraphClients {
  return new GraphClients(tenants, options);
}

/** An app registration as a cloud knows it. */
function appOf(tenant: GraphTenant): string {
  return `${originsOf(tenant).graph} ${tenant.clientId.toLowerCase()}`;
}

function usageOf({ tenant, tokens, client, lanes }: Served, now: number): Usage["tenants"][number] {
  const present = client.now();
  const tokenExpires = tokens.expiresOn;
  return {
    tenantId: tenant.tenantId,
    ...(present === undefined ? {} : { present }),
    ...(tokenExpires === undefined ? {} : { tokenExpires }),
    budgets: (["reports", "identityProtection"] as const).map((budget) => {
      const { window, requests, throttledInARow } = lanes[budget];
      return { budget, used: window.share(now), requests, throttled: throttledInARow };
    }),
  };
}

function remembered<T>(known: Map<string, T>, key: string, create: () => T): T {
  const value = known.get(key) ?? create();
  known.set(key, value);
  return value;
}
