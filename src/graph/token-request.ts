/**
 * One real token request: reads the credential afresh and lets MSAL make the request, with a certificate the signed
 * assertion too, over our own HTTP client.
 *
 * MSAL's application lives for one request only. Its cache is therefore never asked, which matters: it blocks callers
 * during a proactive refresh, throws on a failed one although the token is valid, and after any 429 or 5xx refuses to
 * touch the network for 60 s (microsoft-authentication-library-for-js#6115).
 */
import { BlockedError, ForwarderError, messageOf } from "../core/errors.ts";
import { Secret } from "../core/secret.ts";
import type { GraphClock } from "./graph-clock.ts";
import { type HttpClient, isOfMicrosoft, jsonOf } from "./http.ts";
import { readKeyPair, requireEntraKey } from "./key-pair.ts";
import {
  AuthError,
  ConfidentialClientApplication,
  type Configuration,
  type INetworkModule,
  type NetworkRequestOptions,
  type NetworkResponse,
} from "./packages.ts";
import { type Credential, type GraphTenant, originsOf } from "./tenant.ts";
import { tokenError, tokenFields } from "./token-errors.ts";
import { transportError } from "./transport-errors.ts";

/** An access token. Times are epoch milliseconds of the host's clock. */
export interface Token {
  readonly value: Secret;
  readonly acquiredOn: number;
  readonly expiresOn: number;
  /** When Entra ID wants it renewed, if it said so. */
  readonly refreshOn?: number;
}

export interface TokenRequestParts {
  readonly tenant: GraphTenant;
  readonly http: HttpClient;
  readonly clock: GraphClock;
}

/** What one request needs besides; `claims` is the JSON of a claims challenge. */
export interface TokenWish {
  readonly claims?: string;
  readonly signal: AbortSignal;
}

const DEADLINE_MS = 15_000;

/** Gets a new token with exactly one POST. Throws TransientError or BlockedError, or the signal's reason. */
export async function requestToken(parts: TokenRequestParts, { claims, signal }: TokenWish): Promise<Token> {
  const { tenant } = parts;
  const credential = await tenant.credential();
  const exchange = new TokenExchange(parts, signal);
  try {
    const application = new ConfidentialClientApplication(configurationOf(tenant, credential, exchange));
    const scopes = [`${originsOf(tenant).graph}/.default`];
    const result = await application.acquireTokenByClientCredential({ scopes, ...(claims && { claims }) });
    if (result === null || result.expiresOn === null) throw new Error("a token without expiry");
    return {
      value: new Secret(result.accessToken),
      acquiredOn: Date.now(),
      expiresOn: result.expiresOn.getTime(),
      ...(result.refreshOn && { refreshOn: result.refreshOn.getTime() }),
    };
  } catch (error) {
    signal.throwIfAborted();
    throw exchange.failure ?? asForwarderError(error, tenant);
  }
}

/** MSAL's way to the network. It replaces what we throw by an error of its own, so ours is kept beside it. */
class TokenExchange implements INetworkModule {
  failure: ForwarderError | undefined;
  private readonly parts: TokenRequestParts;
  private readonly signal: AbortSignal;

  constructor(parts: TokenRequestParts, signal: AbortSignal) {
    this.parts = parts;
    this.signal = signal;
  }

  /** The authority's metadata is given, so there is nothing to discover. */
  sendGetRequestAsync<T>(): Promise<NetworkResponse<T>> {
    return Promise.reject(new Error("unexpected discovery request"));
  }

  /**
   * The query repeats the correlation id of the body and is left out; the origin is the tenant's own, because MSAL
   * insists on https.
   */
  async sendPostRequestAsync<T>(
    url: string,
    { headers = {}, body = "" }: NetworkRequestOptions = {},
  ): Promise<NetworkResponse<T>> {
    const { tenant, http, clock } = this.parts;
    const target = `${originsOf(tenant).login}${new URL(url).pathname}`;
    const outcome = await http.send(
      { method: "POST", url: target, headers, body, deadlineMs: DEADLINE_MS },
      this.signal,
    );
    if (outcome.kind === "failure") {
      throw this.keep(transportError(outcome, { subject: `tenant ${tenant.name}`, name: "the token endpoint" }));
    }
    if (isOfMicrosoft(outcome)) clock.observe(outcome.header("date"), outcome.receivedAt);
    const error = tokenError(outcome, tenant.name);
    if (error !== undefined) throw this.keep(error);
    // MSAL takes the body's type on trust, as it comes from JSON.parse, and stumbles over fields of odd types.
    const token: ReturnType<typeof JSON.parse> = tokenFields(jsonOf(outcome));
    return { status: outcome.status, headers: {}, body: token };
  }

  private keep(error: ForwarderError): ForwarderError {
    this.failure = error;
    return error;
  }
}

function configurationOf(tenant: GraphTenant, credential: Credential, networkClient: INetworkModule): Configuration {
  const { host } = new URL(originsOf(tenant).login);
  const authority = `https://${host}/${tenant.tenantId}`;
  const metadata = {
    issuer: `${authority}/v2.0`,
    authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
    token_endpoint: `${authority}/oauth2/v2.0/token`,
    jwks_uri: `${authority}/discovery/v2.0/keys`,
  };
  return {
    auth: {
      clientId: tenant.clientId,
      authority,
      knownAuthorities: [host],
      authorityMetadata: JSON.stringify(metadata),
      ...clientCredential(credential, tenant.name),
    },
    system: { networkClient },
  };
}

function clientCredential(credential: Credential, tenant: string): Partial<Configuration["auth"]> {
  if ("clientSecret" in credential) return { clientSecret: credential.clientSecret.reveal() };
  const { certificate, privateKey } = credential;
  try {
    const { leaf, key } = readKeyPair(certificate, privateKey.reveal());
    requireEntraKey(key);
    const thumbprintSha256 = leaf.fingerprint256.replaceAll(":", "");
    return { clientCertificate: { thumbprintSha256, privateKey: privateKey.reveal(), x5c: certificate } };
  } catch (error) {
    throw new BlockedError(
      "ERF1003",
      `tenant ${tenant}: the certificate or its private key cannot be used (${messageOf(error)})`,
      "Give a PEM certificate and its unencrypted RSA private key of at least 2048 bits; polling resumes by itself.",
    );
  }
}

/** What MSAL finds wrong before or after the exchange ends here, exceptions of its own parts included. */
function asForwarderError(error: unknown, { name }: GraphTenant): ForwarderError {
  if (error instanceof ForwarderError) return error;
  const word = error instanceof AuthError ? (/^\w{1,40}$/.exec(error.errorCode)?.[0] ?? "unknown") : "exception";
  const remedy = "Check tenantId, clientId and the credential of this tenant.";
  return new BlockedError("ERF2010", `tenant ${name}: MSAL refuses the token request (${word})`, remedy, error);
}
