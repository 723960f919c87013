/**
 * What an answer of Graph means: a page, or a trouble with its error and with what may help at once. Everything in an
 * answer is hostile text. Decided by status and code; by words only where Graph gives nothing else (both 403 of
 * identityProtection, the 400 for age).
 */
import { BlockedError, type ForwarderError, TooOldError, TransientError, UnavailableError } from "../core/errors.ts";
import type { Records } from "../core/event.ts";
import { parseGraphTime } from "../core/time.ts";
import type { CollectionRequest } from "./graph-client.ts";
import { printable } from "./hostile.ts";
import { type Answer, jsonOf, type Outcome } from "./http.ts";
import { readPage } from "./page.ts";
import { retryAfterMs } from "./retry-after.ts";
import { proxyError, strangerError, transportError } from "./transport-errors.ts";

/** What was asked, as far as it decides what the answer means. */
export interface Asked {
  readonly request: CollectionRequest;
  /** The operator's name for the tenant. */
  readonly tenant: string;
  /** True when a nextLink was followed. */
  readonly isContinuation: boolean;
  /** Graph's present, if it is known. */
  readonly present: number | undefined;
}

export interface Content {
  readonly kind: "page";
  readonly records: Records;
  readonly nextLink?: string;
}

/**
 * again: the same request after a pause. new token: with another token. granted token: with another one in case the
 * permission was granted after this one was issued.
 */
type Cure = "again" | "new token" | "granted token";

export interface Trouble {
  readonly kind: "trouble";
  readonly error: ForwarderError;
  readonly cure?: Cure;
  /** JSON of a claims challenge, for the new token. */
  readonly claims?: string;
}

/** Where a refused request is not worth repeating, the stream asks once a minute. */
const REFUSED_WAIT_MS = 60_000;
/** Graph keeps sign-ins for a week at least; a filter younger than a day is refused for another reason. */
const YOUNGEST_LOSS_MS = 86_400_000;

/** What else than a missing permission may be a 403 is told as it is. */
const PERMISSION_CODES: readonly string[] = [
  "Authentication_MSGraphPermissionMissing",
  "Authorization_RequestDenied",
  "AccessDenied",
];

export function readAnswer(outcome: Outcome, asked: Asked): Content | Trouble {
  const subject = subjectOf(asked);
  if (outcome.kind === "failure") {
    const error = transportError(outcome, { subject, name: "Graph" });
    return trouble(error, outcome.reason === "broken" ? "again" : undefined);
  }
  if (outcome.status === 200) return pageOf(outcome, asked);
  if (outcome.status === 401) return unauthorized(outcome, subject);
  if (outcome.status === 403) return forbidden(outcome, asked);
  if (outcome.status === 407) return trouble(proxyError(407, `${subject}: the proxy asks for authentication`));
  if (outcome.status === 429) return throttled(outcome, subject);
  if (outcome.status === 408 || outcome.status >= 500) return failing(outcome, subject);
  return refused(outcome, asked);
}

/** `signIns of tenant contoso`, as messages begin. */
export function subjectOf({ request, tenant }: Pick<Asked, "request" | "tenant">): string {
  return `${request.source} of tenant ${tenant}`;
}

/** A page that cannot be read may be readable in smaller pieces, unless it is none of Graph's. */
function pageOf(answer: Answer, asked: Asked): Content | Trouble {
  const subject = subjectOf(asked);
  if (!/\bjson\b/i.test(answer.header("content-type") ?? "")) {
    return trouble(
      new TransientError("ERF3004", `${subject}: the answer is not JSON; something else than Graph answers`),
    );
  }
  const unreadable = () =>
    new TransientError("ERF3004", `${subject}: the page cannot be read as records`, { narrow: true });
  const { identify, hint } = asked.request;
  const page = readPage(answer, { identify, hint, unreadable });
  return page === undefined ? trouble(unreadable()) : { kind: "page", ...page };
}

/** A refused token is renewed once; a challenge says in `claims` what the new one must satisfy. */
function unauthorized(answer: Answer, subject: string): Trouble {
  const error = new TransientError("ERF3013", `${subject}: Graph refuses the token ${detailsOf(answer)}`);
  const { encoded = "" } =
    /\bclaims="(?<encoded>[\w+/=-]+)"/.exec(answer.header("www-authenticate") ?? "")?.groups ?? {};
  const claims = Buffer.from(encoded, "base64").toString("utf8");
  return { ...trouble(error, "new token"), ...(isJsonObject(claims) && { claims }) };
}

function forbidden(answer: Answer, asked: Asked): Trouble {
  const { code, message } = errorOf(answer);
  const { permission } = asked.request;
  const subject = subjectOf(asked);
  const details = detailsOf(answer);
  const isUnlicensed =
    code === "Authentication_RequestFromNonPremiumTenantOrB2CTenant" || /not licensed/i.test(message);
  if (isUnlicensed) {
    const remedy = "Entra ID P1 for sign-ins, P2 for risk; the stream comes to life by itself once the tenant has it.";
    return trouble(new UnavailableError("ERF3008", `${subject}: the tenant has no licence for it ${details}`, remedy));
  }
  if (code === "Authentication_ApplicationHasNoDirectoryReadAccess") {
    const remedy =
      "Usually passes by itself. If it stays, grant Directory.Read.All (application) and give admin consent.";
    const error = new BlockedError("ERF3007", `${subject}: Graph could not check the licence ${details}`, remedy);
    return trouble(error, "granted token");
  }
  if (!PERMISSION_CODES.includes(code) && !/scope|permission|privilege/i.test(message)) return refused(answer, asked);
  const remedy = `Grant ${permission} (application) to the app and give admin consent; polling resumes by itself.`;
  const error = new BlockedError("ERF3007", `${subject}: permission ${permission} is missing ${details}`, remedy);
  return trouble(error, "granted token");
}

function throttled(answer: Answer, subject: string): Trouble {
  const options = { retryAfterMs: retryAfterMs(answer) };
  return trouble(new TransientError("ERF3002", `${subject}: Graph throttles ${detailsOf(answer)}`, options), "again");
}

/** A gateway that gave up waiting for Graph (504) wants a smaller question, not the same again. */
function failing(answer: Answer, subject: string): Trouble {
  const narrow = answer.status === 504;
  const options = { retryAfterMs: retryAfterMs(answer), narrow };
  const error = new TransientError("ERF3003", `${subject}: Graph fails ${detailsOf(answer)}`, options);
  return trouble(error, narrow ? undefined : "again");
}

/** A 400 to Graph's own nextLink is an expired or broken skip token: the window is read again. */
function refused(answer: Answer, asked: Asked): Trouble {
  const subject = subjectOf(asked);
  const { message } = errorOf(answer);
  const said = message === "" ? "" : `: ${printable(message)}`;
  if (asked.isContinuation && answer.status >= 400 && answer.status !== 403) {
    const error = `${subject}: Graph no longer follows its own nextLink ${detailsOf(answer)}${said}`;
    return trouble(new TransientError("ERF3010", error, { narrow: true }));
  }
  if (answer.status === 400 && isTooOld(message, asked)) {
    return trouble(new TooOldError("ERF3011", `${subject}: the span is older than what Graph keeps`));
  }
  if (jsonOf(answer) === undefined) return trouble(strangerError(answer.status, { subject, name: "Graph" }));
  const error = `${subject}: Graph refuses the request ${detailsOf(answer)}${said}`;
  return trouble(
    new TransientError("ERF3012", error, { retryAfterMs: Math.max(retryAfterMs(answer), REFUSED_WAIT_MS) }),
  );
}

/**
 * "Invalid filter clause" is all that Graph says about a createdDateTime before its retention (microsoft-graph-docs#5676),
 * and it says the same of a malformed filter. Ours never change their form, so the age decides.
 */
function isTooOld(message: string, { request, present = Date.now() }: Asked): boolean {
  if (!/invalid filter clause/i.test(message)) return false;
  const { from } = /createdDateTime ge (?<from>\S+)/.exec(request.query["$filter"] ?? "")?.groups ?? {};
  const start = parseGraphTime(from);
  return start !== undefined && present - start > YOUNGEST_LOSS_MS;
}

function trouble(error: ForwarderError, cure?: Cure): Trouble {
  return { kind: "trouble", error, ...(cure && { cure }) };
}

/** `(HTTP 403 Forbidden, request-id …)`: what a support case needs. */
function detailsOf(answer: Answer): string {
  const { code } = errorOf(answer);
  const requestId = /^[0-9a-f-]{36}$/i.exec(answer.header("request-id") ?? "")?.[0];
  return `(HTTP ${answer.status}${code === "" ? "" : ` ${code}`}${requestId ? `, request-id ${requestId}` : ""})`;
}

/** The code only where it is one word; both are empty when the body is no Graph error. */
function errorOf(answer: Answer): { readonly code: string; readonly message: string } {
  const { code, message } = fieldsOf(fieldsOf(jsonOf(answer))["error"]);
  return {
    code: typeof code === "string" && /^[A-Za-z]\w{0,79}$/.test(code) ? code : "",
    message: typeof message === "string" ? message : "",
  };
}

function fieldsOf(json: unknown): Readonly<Record<string, unknown>> {
  return json !== null && typeof json === "object" ? { ...json } : {};
}

function isJsonObject(text: string): boolean {
  try {
    const json: unknown = JSON.parse(text);
    return json !== null && typeof json === "object" && !Array.isArray(json);
  } catch {
    return false;
  }
}
