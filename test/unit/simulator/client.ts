/** A plain Graph client for the simulator's own tests: one tenant, no retries, no opinion. */
import { expect, onTestFinished } from "vitest";
import type { GraphRecord, SourceName } from "../../../src/core/event.ts";
import { Simulator, type SimulatorOptions } from "../../../src/simulator/simulator.ts";

export const TENANT = "7c1f4f0e-2b6d-4a51-9f0c-3e5d8a7b6c21";
export const CLIENT = "9a5c2e10-48d3-4f6b-b1a7-6e0f3d92c584";
const SECRET = "a secret of the simulator";
export const CREDENTIAL = { tenantId: TENANT, clientId: CLIENT, clientSecret: SECRET };

/** Limits that no test reaches by accident. */
const NO_LIMITS = {
  reports: { requests: 1e6, perMs: 1_000 },
  reportsOfApp: { requests: 1e6, perMs: 1_000 },
  identityProtection: { requests: 1e6, perMs: 1_000 },
};

export const PATHS: Readonly<Record<SourceName, string>> = {
  signIns: "/v1.0/auditLogs/signIns",
  riskDetections: "/v1.0/identityProtection/riskDetections",
  riskyUsers: "/v1.0/identityProtection/riskyUsers",
};

export interface Page {
  readonly value: readonly GraphRecord[];
  readonly "@odata.nextLink"?: string;
}

export interface World {
  readonly simulator: Simulator;
  readonly login: string;
  readonly graph: string;
  readonly token: string;
  readonly get: (url: string, headers?: Record<string, string>) => Promise<Response>;
  readonly page: (url: string) => Promise<Page>;
  /** Every page from a first one to its end. */
  readonly walk: (url: string) => Promise<Page[]>;
  readonly list: (source: SourceName, options?: Record<string, string>) => string;
}

/** A started simulator with a token, stopped at the end of the test. */
export async function world(options: Partial<SimulatorOptions> = {}): Promise<World> {
  const simulator = new Simulator({ tenants: [CREDENTIAL], rates: NO_LIMITS, ...options });
  const { login, graph } = await simulator.start();
  onTestFinished(() => simulator.stop());
  const token = await accessToken(login);

  const get = (url: string, headers: Record<string, string> = {}) => {
    const prefer = "include-unknown-enum-members";
    return fetch(url, { headers: { authorization: `Bearer ${token}`, prefer, ...headers } });
  };
  const page = async (url: string): Promise<Page> => {
    const response = await get(url);
    expect(response.status, await response.clone().text()).toBe(200);
    return (await response.json()) as Page;
  };
  const walk = async (url: string): Promise<Page[]> => {
    const pages: Page[] = [];
    for (let next: string | undefined = url; next !== undefined; next = pages.at(-1)?.["@odata.nextLink"]) {
      pages.push(await page(next));
    }
    return pages;
  };
  const list = (source: SourceName, query: Record<string, string> = {}) => {
    return `${graph}${PATHS[source]}?${String(new URLSearchParams(query))}`;
  };
  return { simulator, login, graph, token, get, page, walk, list };
}

export function tokenRequest(login: string, form: Record<string, string> = {}, tenantId = TENANT): Promise<Response> {
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: CLIENT,
    client_secret: SECRET,
    scope: "https://graph.microsoft.com/.default",
    ...form,
  });
  return fetch(`${login}/${tenantId}/oauth2/v2.0/token`, { method: "POST", body });
}

export async function accessToken(
  login: string,
  form: Record<string, string> = {},
  tenantId = TENANT,
): Promise<string> {
  const response = await tokenRequest(login, form, tenantId);
  const body = (await response.json()) as { access_token: string };
  expect(response.status, JSON.stringify(body)).toBe(200);
  return body.access_token;
}

export function idsOf(pages: readonly Page[]): string[] {
  return pages.flatMap(({ value }) => value.map(({ id }) => String(id)));
}

/** The error of a Graph answer. */
export async function errorOf(response: Response): Promise<{ code?: string; message: string }> {
  const body = (await response.json()) as { error: { code?: string; message: string } };
  return body.error;
}
