/**
 * Graph for one tenant: pages of a collection, each request in its turn of the budget, with a token that is renewed when
 * Graph refuses it. What passes quickly (throttling, a failing server, a broken connection) is waited for here, so that a
 * long walk does not begin anew; what lasts is thrown and left to the stream's own back-off.
 */
import { randomUUID } from "node:crypto";
import { backoffMs } from "../core/backoff.ts";
import { type ForwarderError, TransientError, UnavailableError } from "../core/errors.ts";
import { type Pulse, UNWATCHED } from "../core/pulse.ts";
import { sleep } from "./abortable.ts";
import { hasIdentityProtection } from "./clouds.ts";
import { type Asked, type Content, readAnswer, subjectOf, type Trouble } from "./graph-answers.ts";
import type { Budget, CollectionRequest, GraphClient, Page } from "./graph-client.ts";
import type { GraphClock } from "./graph-clock.ts";
import { type HttpClient, isOfMicrosoft } from "./http.ts";
import type { Lane } from "./lane.ts";
import { type GraphTenant, originsOf } from "./tenant.ts";
import type { Token } from "./token-request.ts";
import type { Tokens } from "./tokens.ts";

export interface TenantClientParts {
  readonly tenant: GraphTenant;
  readonly http: HttpClient;
  readonly tokens: Tokens;
  readonly clock: GraphClock;
  readonly lanes: Readonly<Record<Budget, Lane>>;
  readonly deadlineMs: number;
  /** Requests for one page until an error is thrown that may pass; 5 by default. */
  readonly attempts?: number | undefined;
}

interface DatedContent extends Content {
  readonly serverTime: number;
}

const DEFAULT_ATTEMPTS = 5;
/** Longer than a token takes: two requests at worst, where the first one's was asked for without the claims. */
const TOKEN_MS = 60_000;
/** Graph sends single empty pages with a nextLink; a chain of them would never end. */
const MOST_EMPTY_PAGES = 20;
/** A longer wait is the stream's business: it would hold its lane for the other streams of the tenant. */
const LONGEST_WAIT_MS = 30_000;
const BACKOFF = { baseMs: 500, capMs: 10_000 };
/** A token younger than this has the roles that are granted now. */
const YOUNG_TOKEN_MS = 60_000;

export class TenantClient implements GraphClient {
  private readonly parts: TenantClientParts;

  constructor(parts: TenantClientParts) {
    this.parts = parts;
  }

  async connect(signal: AbortSignal, pulse = UNWATCHED): Promise<number> {
    pulse.beat(TOKEN_MS);
    await this.parts.tokens.get(signal);
    pulse.beat();
    return this.present();
  }

  now(): number | undefined {
    return this.parts.clock.now();
  }

  expectHead(budget: Budget, at: number): void {
    this.parts.lanes[budget].expectHead(at);
  }

  async *pages(request: CollectionRequest, signal: AbortSignal): AsyncGenerator<Page> {
    const { tenant } = this.parts;
    const { pulse = UNWATCHED } = request;
    requireInCloud(request, tenant);
    const seen = new Set<string>();
    let emptyPages = 0;
    let link: string | undefined = firstLink(request, tenant);
    while (link !== undefined) {
      const isContinuation = seen.size > 0;
      if (isContinuation) this.checkLink(link, seen, request);
      seen.add(link);
      const { records, nextLink, serverTime } = await this.page(link, { request, isContinuation }, signal);
      emptyPages = records.length === 0 ? emptyPages + 1 : 0;
      if (emptyPages >= MOST_EMPTY_PAGES && nextLink !== undefined) throw this.endless(request);
      pulse.beat();
      yield { records, serverTime, isLast: nextLink === undefined };
      records.release?.();
      link = nextLink;
    }
  }

  /** One page, with what can be cured at once cured. */
  private async page(
    link: string,
    asked: Pick<Asked, "request" | "isContinuation">,
    signal: AbortSignal,
  ): Promise<DatedContent> {
    const { attempts = DEFAULT_ATTEMPTS } = this.parts;
    const { pulse = UNWATCHED } = asked.request;
    let isRenewed = false;
    for (let attempt = 1; ; attempt += 1) {
      const { token, content } = await this.takeTurn(link, asked, signal);
      if (content.kind === "page") return content;
      const { cure, error } = content;
      if (cure === "again" && attempt < attempts) {
        await waitFor(error, attempt, { signal, pulse });
      } else if (cure !== undefined && cure !== "again" && !isRenewed) {
        pulse.beat(TOKEN_MS);
        await this.renew(token, content, signal);
        isRenewed = true;
      } else {
        throw error;
      }
    }
  }

  /** Throttling must stop the lane before its turn ends, else the next request is already on its way. */
  private takeTurn(
    link: string,
    asked: Pick<Asked, "request" | "isContinuation">,
    signal: AbortSignal,
  ): Promise<{ readonly token: Token; readonly content: DatedContent | Trouble }> {
    const { tenant, tokens, http, clock, lanes, deadlineMs } = this.parts;
    const { budget, priority, pulse = UNWATCHED } = asked.request;
    const lane = lanes[budget];
    const ask = async () => {
      pulse.beat(TOKEN_MS + deadlineMs);
      const token = await tokens.get(signal);
      const outcome = await http.send({ method: "GET", url: link, headers: headersOf(token), deadlineMs }, signal);
      const date = isOfMicrosoft(outcome) ? clock.observe(outcome.header("date"), outcome.receivedAt) : undefined;
      const content = readAnswer(outcome, { ...asked, tenant: tenant.name, present: clock.now() });
      if (content.kind === "page") {
        lane.accepted();
        return { token, content: { ...content, serverTime: date ?? this.present() } };
      }
      return { token, content: isThrottling(content.error) ? pausing(lane, content) : content };
    };
    return lane.run(priority, signal, ask, pulse);
  }

  /** After a grant only a token issued later has the new role; a young one is not renewed, which spares Entra ID. */
  private async renew(token: Token, { cure, error, claims }: Trouble, signal: AbortSignal): Promise<void> {
    if (cure === "granted token" && Math.abs(Date.now() - token.acquiredOn) < YOUNG_TOKEN_MS) throw error;
    await this.parts.tokens.renew(token, claims, signal);
  }

  /** The token goes to the configured Graph only, and no walk goes in circles. */
  private checkLink(link: string, seen: ReadonlySet<string>, request: CollectionRequest): void {
    const { tenant } = this.parts;
    const subject = subjectOf({ request, tenant: tenant.name });
    if (seen.has(link)) {
      throw new TransientError("ERF3010", `${subject}: the nextLink goes in a circle`, { narrow: true });
    }
    const url = URL.parse(link);
    if (url === null || url.origin !== originsOf(tenant).graph || url.username !== "" || url.password !== "") {
      throw new TransientError("ERF3010", `${subject}: the nextLink leads away from Graph and is not followed`);
    }
  }

  private endless(request: CollectionRequest): TransientError {
    const subject = subjectOf({ request, tenant: this.parts.tenant.name });
    return new TransientError("ERF3010", `${subject}: page after page is empty`, { narrow: true });
  }

  /** The host's clock stands in while Graph has not told its own. */
  private present(): number {
    return this.parts.clock.now() ?? Date.now();
  }
}

function requireInCloud({ source, budget }: CollectionRequest, { name, cloud }: GraphTenant): void {
  if (budget !== "identityProtection" || hasIdentityProtection(cloud)) return;
  throw new UnavailableError(
    "ERF3009",
    `${source} of tenant ${name}: the cloud ${cloud} has no identityProtection`,
    "Leave this source out of tenants[].sources.",
  );
}

/** OData wants %20 where URLSearchParams writes +. */
function firstLink({ path, query }: CollectionRequest, tenant: GraphTenant): string {
  const options = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${originsOf(tenant).graph}/v1.0${path}?${options.join("&")}`;
}

function headersOf({ value }: Token): Readonly<Record<string, string>> {
  return {
    authorization: `Bearer ${value.reveal()}`,
    prefer: "include-unknown-enum-members",
    "client-request-id": randomUUID(),
  };
}

function isThrottling(error: ForwarderError): error is TransientError {
  return error instanceof TransientError && error.code === "ERF3002";
}

/** The error tells the pause that the lane takes, so that whoever waits outside does not come back sooner. */
function pausing(lane: Lane, trouble: Trouble): Trouble {
  const { error } = trouble;
  if (!isThrottling(error)) return trouble;
  const retryAfterMs = lane.throttled(error.retryAfterMs);
  return { ...trouble, error: new TransientError(error.code, error.message, { retryAfterMs }) };
}

/** Throws the error where the wait would be too long. */
async function waitFor(
  error: ForwarderError,
  attempt: number,
  { signal, pulse }: { readonly signal: AbortSignal; readonly pulse: Pulse },
): Promise<void> {
  const asked = error instanceof TransientError ? error.retryAfterMs : 0;
  if (asked > LONGEST_WAIT_MS) throw error;
  const wait = Math.max(asked, backoffMs(attempt, BACKOFF, Math.random));
  pulse.beat(wait);
  await sleep(wait, signal);
}
