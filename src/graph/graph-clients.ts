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

export interface GraphOptions {
  readonly version: string;
  /** Where HTTPS_PROXY and NO_PROXY are read. */
  readonly environment: NodeJS.ProcessEnv;
  /** Time for one request, 60 s by default. */
  readonly deadlineMs?: number;
  /** Called at the end of each renewal of a token ahead of time, with its error if it failed. */
  readonly onRenewal?: (tenantId: string, error?: unknown) => void;
  /** True where an earlier process may just have used the budgets up: each then stands still for one window. */
  readonly isBudgetUsed?: boolean;
}

/** Graph's limits (throttling doc), each with a margin for clocks of unequal pace. */
const REPORTS_PER_TENANT = { limit: 5, lengthMs: 10_200 };
const REPORTS_PER_APP = { limit: 122, lengthMs: 10_200 };
const IDENTITY_PROTECTION_PER_TENANT = { limit: 1, lengthMs: 1_050 };

const DEFAULT_DEADLINE_MS = 60_000;

export class GraphClients {
  private readonly options: GraphOptions;
  private readonly https = new Map<string, HttpClient>();
  private readonly apps = new Map<string, Governor>();
  private readonly tokens: Tokens[] = [];
  private readonly clients: ReadonlyMap<string, TenantClient>;

  constructor(tenants: readonly GraphTenant[], options: GraphOptions) {
    this.options = options;
    this.clients = new Map(tenants.map((tenant) => [tenant.tenantId, this.createClient(tenant)]));
  }

  /** The client of a tenant by its GUID in lower case. */
  of(tenantId: string): TenantClient {
    const client = this.clients.get(tenantId);
    if (client === undefined) throw new Error(`no Graph client for tenant ${tenantId}`);
    return client;
  }

  /** Ends token requests and closes every connection. Safe to call twice. */
  close(): void {
    for (const tokens of this.tokens) tokens.close();
    for (const http of this.https.values()) http.close();
  }

  private createClient(tenant: GraphTenant): TenantClient {
    const http = this.httpOf(tenant.endpoints?.ca);
    const clock = new GraphClock();
    const { deadlineMs = DEFAULT_DEADLINE_MS, onRenewal } = this.options;
    const tokens = new Tokens(
      (wish) => requestToken({ tenant, http, clock }, wish),
      (error) => onRenewal?.(tenant.tenantId, error),
    );
    this.tokens.push(tokens);
    return new TenantClient({ tenant, http, tokens, clock, lanes: this.lanesOf(tenant), deadlineMs });
  }

  private httpOf(ca: string | undefined): HttpClient {
    const { version, environment } = this.options;
    return remembered(this.https, ca ?? "", () => new HttpClient({ version, environment, ...(ca && { ca }) }));
  }

  /** identityProtection is limited per tenant, over all apps; only the reports have a limit per app. */
  private lanesOf(tenant: GraphTenant): Readonly<Record<Budget, Lane>> {
    const app = `${originsOf(tenant).graph} ${tenant.clientId.toLowerCase()}`;
    const governor = remembered(this.apps, app, () => new Governor(this.windowOf(REPORTS_PER_APP)));
    return {
      reports: governor.lane(this.windowOf(REPORTS_PER_TENANT)),
      identityProtection: new Governor().lane(this.windowOf(IDENTITY_PROTECTION_PER_TENANT)),
    };
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

function remembered<T>(known: Map<string, T>, key: string, create: () => T): T {
  const value = known.get(key) ?? create();
  known.set(key, value);
  return value;
}
