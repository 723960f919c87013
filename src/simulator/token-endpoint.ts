/** The token endpoint of Entra ID for the client-credentials grant, with a secret or a certificate. */
import type { IncomingMessage } from "node:http";
import { aadstsAnswer } from "./aadsts.ts";
import type { AccessTokens } from "./access-tokens.ts";
import { type Answer, type AnswerIds, htmlAnswer, jsonAnswer } from "./answer.ts";
import { brokenAnswer } from "./answer-faults.ts";
import { assertionError } from "./client-assertion.ts";
import type { GraphClock } from "./clock.ts";
import { type AnswerFault, type Fault, type Faults, isPageFault } from "./faults.ts";
import type { Ledger, RequestEntry } from "./ledger.ts";
import type { Origins } from "./listener.ts";
import type { Tenant, Tenants } from "./tenants.ts";

export interface TokenParts {
  readonly clock: GraphClock;
  readonly tenants: Tenants;
  readonly tokens: AccessTokens;
  readonly faults: Faults;
  readonly ledger: Ledger;
  /** How long the next token lives. */
  readonly lifetimeMs: () => number;
}

const PATH = /^\/(?<tenantId>[^/]+)\/oauth2\/v2\.0\/token$/;
const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const PUBLIC_LOGIN_HOSTS = [
  "login.microsoftonline.com",
  "login.microsoftonline.us",
  "login.partner.microsoftonline.cn",
];
const PUBLIC_GRAPH_HOSTS = [
  "graph.microsoft.com",
  "graph.microsoft.us",
  "dod-graph.microsoft.us",
  "microsoftgraph.chinacloudapi.cn",
];

export class TokenEndpoint {
  private readonly parts: TokenParts;

  constructor(parts: TokenParts) {
    this.parts = parts;
  }

  /** Answers a request and completes its entry in the log. */
  answer(request: IncomingMessage, body: string, entry: RequestEntry, context: AnswerIds & Origins): Answer {
    const { violations } = this.parts.ledger;
    if (request.headers.authorization !== undefined) violations.push(`access token sent to ${context.login}`);
    const url = new URL(request.url ?? "/", context.login);
    const tenantId = PATH.exec(url.pathname)?.groups?.["tenantId"]?.toLowerCase();
    if (tenantId === undefined || request.method !== "POST") {
      violations.push(`${request.method} ${url.pathname} is not the token endpoint`);
      return htmlAnswer(404);
    }
    if (/client_(?:secret|assertion)=/.test(url.search)) violations.push("secret in the address of a token request");

    const form = new URLSearchParams(body);
    entry.tenantId = tenantId;
    entry.appId = form.get("client_id") ?? "";
    const fault = this.parts.faults.take({ endpoint: "token", tenantId }, asTokenFault);
    if (fault !== undefined) entry.fault = fault.kind;
    if (fault !== undefined && fault.kind !== "aadsts") return tokenFaultAnswer(fault);
    const error = fault?.number ?? this.errorOf(tenantId, form, context);
    if (error !== undefined) return aadstsAnswer(error, context, this.parts.clock.now());
    return this.issue(this.parts.tenants.get(tenantId), form);
  }

  /** The AADSTS number of what is wrong with a request; undefined when a token may be issued. */
  private errorOf(tenantId: string, form: URLSearchParams, origins: Origins): number | undefined {
    const tenant = this.parts.tenants.find(tenantId);
    if (tenant === undefined) return 90002;
    if (form.get("client_id") !== tenant.settings.clientId) return 700016;
    if (form.get("grant_type") !== "client_credentials") return 7000218;
    const hosts = [new URL(origins.graph).host, ...PUBLIC_GRAPH_HOSTS];
    const { host } = /^https?:\/\/(?<host>[^/]+)\/\.default$/.exec(form.get("scope") ?? "")?.groups ?? {};
    if (host === undefined || !hosts.includes(host)) return 70011;
    return this.credentialError(tenant, form, origins);
  }

  private credentialError({ settings }: Tenant, form: URLSearchParams, origins: Origins): number | undefined {
    const secret = form.get("client_secret");
    if (secret !== null) return secret === settings.clientSecret ? undefined : 7000215;
    const assertion = form.get("client_assertion");
    if (assertion === null || form.get("client_assertion_type") !== ASSERTION_TYPE) return 7000218;
    if (settings.certificatePem === undefined) return 700027;
    return assertionError(assertion, {
      certificatePem: settings.certificatePem,
      clientId: settings.clientId,
      tenantId: settings.tenantId.toLowerCase(),
      hosts: [new URL(origins.login).host, ...PUBLIC_LOGIN_HOSTS],
      now: this.parts.clock.now(),
    });
  }

  private issue({ settings, roles }: Tenant, form: URLSearchParams): Answer {
    const seconds = Math.floor(this.parts.lifetimeMs() / 1_000);
    const iat = Math.floor(this.parts.clock.now() / 1_000);
    const challenge = challengeIn(form.get("claims"));
    const accessToken = this.parts.tokens.issue({
      tid: settings.tenantId.toLowerCase(),
      appid: settings.clientId,
      roles,
      iat,
      exp: iat + seconds,
      ...(challenge === undefined ? {} : { challenge }),
    });
    const body = { token_type: "Bearer", expires_in: seconds, ext_expires_in: seconds, access_token: accessToken };
    return jsonAnswer(200, body, { "cache-control": "no-store, no-cache" });
  }
}

const TOKEN_FAULTS: readonly string[] = ["throttle", "server-error", "html", "hang", "reset", "aadsts"];

function asTokenFault(fault: Fault): AnswerFault | undefined {
  return !isPageFault(fault) && TOKEN_FAULTS.includes(fault.kind) ? fault : undefined;
}

function tokenFaultAnswer(fault: AnswerFault): Answer {
  if (fault.kind === "throttle") {
    return jsonAnswer(
      429,
      { error: "temporarily_unavailable" },
      fault.retryAfter === undefined ? {} : { "retry-after": fault.retryAfter },
    );
  }
  if (fault.kind === "server-error" && fault.body === "json") {
    return jsonAnswer(fault.status, { error: "temporarily_unavailable" });
  }
  return brokenAnswer(fault);
}

/** The not-before time that a challenge named, out of the `claims` parameter that a client sends back. */
function challengeIn(claims: string | null): string | undefined {
  return /"nbf":\s*\{[^}]*"value":\s*"(?<value>\d+)"/.exec(claims ?? "")?.groups?.["value"];
}
