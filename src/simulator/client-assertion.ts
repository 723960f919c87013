/** Verifies the JWT with which an app proves that it holds a certificate's key (PS256, RFC 7523). */
import { constants, createHash, verify, X509Certificate } from "node:crypto";

export interface AssertionCheck {
  readonly certificatePem: string;
  readonly clientId: string;
  readonly tenantId: string;
  /** Hosts of the token endpoint that may stand in `aud`. */
  readonly hosts: readonly string[];
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Entra ID allows five minutes of difference between clocks. */
const SKEW_MS = 300_000;

/** The AADSTS number of what is wrong with an assertion; undefined when it is good. */
export function assertionError(assertion: string, check: AssertionCheck): number | undefined {
  const [header = "", payload = "", signature = ""] = assertion.split(".");
  const head = decode(header);
  const claims = decode(payload);
  const certificate = new X509Certificate(check.certificatePem);
  const thumbprint = createHash("sha256").update(certificate.raw).digest("base64url");
  if (head["alg"] !== "PS256" || head["x5t#S256"] !== thumbprint) return 700027;

  const key = {
    key: certificate.publicKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  };
  const signed = Buffer.from(`${header}.${payload}`);
  if (!verify("sha256", signed, key, Buffer.from(signature, "base64url"))) return 700027;
  if (claims["iss"] !== check.clientId || claims["sub"] !== check.clientId) return 700027;
  if (!isTokenEndpoint(claims["aud"], check)) return 700027;

  const notBefore = Number(claims["nbf"] ?? 0) * 1_000;
  const expires = Number(claims["exp"]) * 1_000;
  const isTimely = check.now >= notBefore - SKEW_MS && check.now < expires + SKEW_MS;
  return isTimely ? undefined : 700024;
}

function isTokenEndpoint(audience: unknown, { hosts, tenantId }: AssertionCheck): boolean {
  if (typeof audience !== "string" || !URL.canParse(audience)) return false;
  const { host, pathname } = new URL(audience);
  return hosts.includes(host) && pathname.toLowerCase() === `/${tenantId}/oauth2/v2.0/token`;
}

function decode(part: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
