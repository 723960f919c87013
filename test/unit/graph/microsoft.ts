/** A scripted Microsoft for one tenant: tokens by default, Graph's answers as the test gives them, one after another. */
import type { ServerResponse } from "node:http";
import { Secret } from "../../../src/core/secret.ts";
import type { CollectionRequest, Page } from "../../../src/graph/graph-client.ts";
import { createGraphClients, type GraphClients, type GraphOptions } from "../../../src/graph/graph-clients.ts";
import type { GraphTenant } from "../../../src/graph/tenant.ts";
import { SOURCES } from "../../../src/sources/registry.ts";
import { ScriptedServer, type SeenRequest, sendJson } from "../../support/scripted-server.ts";

export const TENANT_ID = "5611623b-9128-461e-9d7f-a0d9c270ead2";
export const CLIENT_ID = "2f9c1d0e-0000-4000-8000-000000000001";
export const CLIENT_SECRET = "canary-secret~8Q";
export const TOKEN_PATH = `/${TENANT_ID}/oauth2/v2.0/token`;

export type Answer = (response: ServerResponse, request: SeenRequest, server: ScriptedServer) => void;

export const never = new AbortController().signal;

/** The n-th token that a test's Microsoft issues. */
export const tokenNumber = (count: number) => `canary-token-${count}`;

export function issueToken(count: number, fields: Readonly<Record<string, unknown>> = {}): Answer {
  return (response) =>
    sendJson(response, 200, {
      token_type: "Bearer",
      expires_in: 3599,
      access_token: tokenNumber(count),
      ...fields,
    });
}

export const page =
  (records: readonly unknown[], nextLink?: (origin: string) => string): Answer =>
  (response, _request, { origin }) =>
    sendJson(response, 200, {
      "@odata.context": "https://graph.microsoft.com/v1.0/$metadata",
      ...(nextLink && { "@odata.nextLink": nextLink(origin) }),
      value: records,
    });

export const graphError =
  (status: number, error: unknown, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) =>
    sendJson(response, status, { error }, headers);

export class Microsoft {
  readonly server: ScriptedServer;
  /** What Graph answers next; a request without an answer fails with 599. */
  readonly graph: Answer[] = [];
  /** What the token endpoint answers next; without one it issues tokens. */
  readonly login: Answer[] = [];
  private readonly clients: GraphClients[] = [];

  private constructor() {
    this.server = new ScriptedServer((request, response) => {
      const isLogin = request.method === "POST";
      const answer = isLogin
        ? (this.login.shift() ?? issueToken(this.tokenRequests.length))
        : (this.graph.shift() ?? graphError(599, { code: "unscripted" }));
      answer(response, request, this.server);
    });
  }

  static async start(): Promise<Microsoft> {
    const microsoft = new Microsoft();
    await microsoft.server.start();
    return microsoft;
  }

  get tokenRequests(): readonly SeenRequest[] {
    return this.server.requests.filter(({ method }) => method === "POST");
  }

  get graphRequests(): readonly SeenRequest[] {
    return this.server.requests.filter(({ method }) => method === "GET");
  }

  tenant(changes: Partial<GraphTenant> = {}): GraphTenant {
    const { origin } = this.server;
    return {
      name: "contoso",
      tenantId: TENANT_ID,
      clientId: CLIENT_ID,
      cloud: "global",
      endpoints: { login: origin, graph: origin },
      recipe: "",
      credential: () => Promise.resolve({ clientSecret: new Secret(CLIENT_SECRET) }),
      ...changes,
    };
  }

  client(changes: Partial<GraphTenant> = {}, options: Partial<GraphOptions> = {}) {
    const tenant = this.tenant(changes);
    const clients = createGraphClients([tenant], { version: "1.2.3", environment: {}, ...options });
    this.clients.push(clients);
    return clients.of(tenant.tenantId);
  }

  async stop(): Promise<void> {
    for (const clients of this.clients) clients.close();
    await this.server.stop();
  }
}

export const SIGN_INS: CollectionRequest = {
  source: "signIns",
  path: "/auditLogs/signIns",
  query: { $top: "1000", $filter: "createdDateTime ge 2026-10-14T00:00:00.000Z" },
  budget: "reports",
  permission: "AuditLog.Read.All",
  identify: (record) => SOURCES.signIns.identify(record),
  hint: (json) => SOURCES.signIns.hint(json),
  priority: "head",
};

export const RISKY_USERS: CollectionRequest = {
  source: "riskyUsers",
  path: "/identityProtection/riskyUsers",
  query: { $top: "500" },
  budget: "identityProtection",
  permission: "IdentityRiskyUser.Read.All",
  identify: (record) => SOURCES.riskyUsers.identify(record),
  hint: (json) => SOURCES.riskyUsers.hint(json),
  priority: "head",
};

export async function collect(pages: AsyncIterable<Page>): Promise<Page[]> {
  const collected: Page[] = [];
  for await (const one of pages) collected.push(one);
  return collected;
}
