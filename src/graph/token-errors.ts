/**
 * What an answer of the token endpoint means for whoever must act. The AADSTS number decides; the endpoint's text is
 * never shown, because it is not ours.
 */
import type { ErrorCode } from "../core/codes.ts";
import { BlockedError, type ForwarderError, TransientError } from "../core/errors.ts";
import { type Answer, jsonOf } from "./http.ts";
import { retryAfterMs } from "./retry-after.ts";
import { proxyError, strangerError } from "./transport-errors.ts";

interface Cause {
  readonly code: ErrorCode;
  readonly numbers: readonly number[];
  readonly what: string;
  readonly remedy: string;
  /** What happens after the cure; by default polling resumes by itself. */
  readonly after?: string;
}

const RESUMES = "polling resumes by itself.";
/** The configuration file is read at the start only. */
const AFTER_CONFIGURATION = "polling resumes by itself, after a change of the configuration file with a restart.";
/** A variable and a systemd credential are passed at the start only. */
const AFTER_SECRET =
  "polling resumes by itself with a new file, after a new variable or systemd credential with a restart.";

/** What an operator can put right. Numbers: Entra ID authentication error codes (Microsoft doc). */
const CAUSES: readonly Cause[] = [
  {
    code: "ERF2002",
    numbers: [7000215, 7000218],
    what: "the client secret is wrong",
    remedy: "Use the secret's Value, not its ID, of this app registration, or create a new secret",
    after: AFTER_SECRET,
  },
  {
    code: "ERF2003",
    numbers: [7000222],
    what: "the client secret has expired",
    remedy: "Create a new client secret, or better use a certificate",
    after: AFTER_SECRET,
  },
  {
    code: "ERF2004",
    numbers: [700027, 700030, 50012],
    what: "the certificate is refused",
    remedy: "Upload the certificate that belongs to the configured private key to the app registration",
  },
  {
    code: "ERF2005",
    numbers: [700016, 7000112, 70001, 700011, 700025, 65001, 650056, 650057],
    what: "the app is not known, not enabled or not consented in the tenant",
    remedy: "Check clientId and tenantId, enable the enterprise application and give admin consent",
    after: AFTER_CONFIGURATION,
  },
  {
    code: "ERF2006",
    numbers: [90002, 9001023],
    what: "the tenant is not found",
    remedy: "Check tenantId and cloud",
    after: AFTER_CONFIGURATION,
  },
  {
    code: "ERF2007",
    numbers: [90038, 900382, 900432, 500011],
    what: "the tenant is in another cloud",
    remedy: "Set tenants[].cloud to the tenant's own cloud",
    after: AFTER_CONFIGURATION,
  },
  {
    code: "ERF2008",
    numbers: [53003, 530032],
    what: "Conditional Access blocks the sign-in of the app",
    remedy: "Exclude the app from the workload identity policy, or allow the address this host sends from",
  },
  {
    code: "ERF2009",
    numbers: [700024, 500133],
    what: "the clock is outside the assertion's validity",
    remedy: "Set this host's clock (NTP)",
  },
  {
    code: "ERF2010",
    numbers: [70011],
    what: "the scope is not one of the tenant's cloud",
    remedy: "Set tenants[].cloud to the tenant's own cloud, or endpoints.graph to its Graph host",
    after: AFTER_CONFIGURATION,
  },
  {
    code: "ERF2010",
    numbers: [700229],
    what: "the federated credential takes tokens of applications only",
    remedy: "Mend the source of the app registration's federated credential",
  },
];

/** AADSTS numbers that pass by themselves, whatever the status they come with. */
const TRANSIENT_NUMBERS: readonly number[] = [90055, 90006, 90012, 90024, 90033, 90090, 50000, 50196];

const LONGEST_LIFETIME_S = 86_400;

/** The error that an answer stands for; undefined for an answer that carries a token. */
export function tokenError(answer: Answer, tenant: string): ForwarderError | undefined {
  const { status } = answer;
  const json = jsonOf(answer);
  const subject = `tenant ${tenant}`;
  if (status === 200 && isToken(json)) return undefined;
  if (status === 407) return proxyError(status, `${subject}: the proxy asks for authentication`);
  if (json === undefined && status < 500 && status !== 408 && status !== 429) {
    return strangerError(status, { subject, name: "the token endpoint" });
  }
  const numbers = errorNumbers(json);
  const isPassing = numbers.some((number) => TRANSIENT_NUMBERS.includes(number));
  if (isPassing || status < 400 || status === 429 || status >= 500 || !isOAuthError(json)) {
    const message = `${subject}: the token endpoint fails (HTTP ${status}${suffix(numbers)})`;
    return new TransientError("ERF2011", message, { retryAfterMs: retryAfterMs(answer) });
  }
  return refusal(subject, numbers);
}

/** Where `numbers` names no known cause, its first one is what an operator can look up. */
function refusal(subject: string, numbers: readonly number[]): BlockedError {
  const cause = CAUSES.find((candidate) => candidate.numbers.some((number) => numbers.includes(number)));
  if (cause !== undefined) {
    const message = `${subject}: no token, ${cause.what}${suffix(numbers)}`;
    return new BlockedError(cause.code, message, `${cause.remedy}; ${cause.after ?? RESUMES}`);
  }
  const remedy =
    "Look the AADSTS number up at https://login.microsoftonline.com/error and put the app registration right.";
  return new BlockedError("ERF2010", `${subject}: no token, the request is refused${suffix(numbers)}`, remedy);
}

function suffix([number]: readonly number[]): string {
  return number === undefined ? "" : `, AADSTS${number}`;
}

function isToken(json: unknown): boolean {
  if (!isObject(json)) return false;
  const { access_token: token, expires_in: seconds } = json;
  return typeof token === "string" && /^[\x21-\x7e]+$/.test(token) && Number(seconds) > 0;
}

/** The fields of a token that matter, of sound types. Nobody issues a token for longer than a day. */
export function tokenFields(json: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(json)) return {};
  const { access_token, expires_in, refresh_in } = json;
  const [lifetime, refresh] = [Number(expires_in), Number(refresh_in)];
  return {
    token_type: "Bearer",
    access_token,
    expires_in: Math.min(lifetime, LONGEST_LIFETIME_S),
    ...(refresh > 0 && refresh < lifetime && { refresh_in: refresh }),
  };
}

function isOAuthError(json: unknown): boolean {
  return isObject(json) && typeof json["error"] === "string";
}

function errorNumbers(json: unknown): readonly number[] {
  if (!isObject(json)) return [];
  const { error_codes: codes, error_description: description } = json;
  if (Array.isArray(codes)) return codes.filter((code) => Number.isSafeInteger(code));
  const number = /AADSTS(?<number>\d{4,9})/.exec(String(description))?.groups?.["number"];
  return number === undefined ? [] : [Number(number)];
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return json !== null && typeof json === "object";
}
