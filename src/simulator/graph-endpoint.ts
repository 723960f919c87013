/**
 * The list requests of Graph: who may ask, how often, what for, and the page that answers. Strict where Graph is strict;
 * what a client should not have done is written down as a violation.
 */
import type { IncomingMessage } from "node:http";
import type { AccessTokens, TokenClaims } from "./access-tokens.ts";
import { type Answer, type AnswerIds, type GraphErrorBody, jsonAnswer, Refusal } from "./answer.ts";
import { answerOfFault, asGraphFault } from "./answer-faults.ts";
import { type CollectionFacts, collectionAt, POLICY_PERMISSIONS } from "./catalogue.ts";
import type { GraphClock } from "./clock.ts";
import type { Faults, Target } from "./faults.ts";
import * as errors from "./graph-errors.ts";
import type { Ledger, RequestEntry } from "./ledger.ts";
import type { Arrival, Limits } from "./limits.ts";
import type { Origins } from "./listener.ts";
import { writePage } from "./page-body.ts";
import { asPageFault, planPage, reshape } from "./pages.ts";
import { checkRetention, parseQuery } from "./query.ts";
import type { Tenant, Tenants } from "./tenants.ts";
import type { View } from "./views.ts";
import { beginWalk, itemsOf, type Position, Walks } from "./walks.ts";

export interface GraphParts {
  readonly clock: GraphClock;
  readonly tenants: Tenants;
  readonly tokens: AccessTokens;
  readonly limits: Limits;
  readonly faults: Faults;
  readonly ledger: Ledger;
}

/** A request whose token is good. */
interface Caller {
  readonly claims: TokenClaims;
  readonly tenant: Tenant;
  readonly facts: CollectionFacts;
  readonly target: Target;
}

export class GraphEndpoint {
  private readonly parts: GraphParts;
  private readonly walks = new Walks();

  constructor(parts: GraphParts) {
    this.parts = parts;
  }

  /** Answers a request and completes its entry in the log. */
  answer(request: IncomingMessage, entry: RequestEntry, context: AnswerIds & Origins & { arrival: Arrival }): Answer {
    const url = new URL(request.url ?? "/", context.graph);
    try {
      const facts = collectionAt(url.pathname);
      if (facts === undefined || request.method !== "GET") {
        throw new Refusal(errors.NOT_FOUND, `${request.method} ${url.pathname} is not a list of Graph`);
      }
      const caller = this.authenticate(request, facts);
      this.admit(caller, entry, context.arrival);
      return this.list(url, caller, entry, { ...context, view: viewOf(request, caller, url) });
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      if (refusal.violation !== undefined) this.parts.ledger.violations.push(refusal.violation);
      return errorAnswer(refusal.body, context, this.parts.clock);
    }
  }

  private authenticate({ headers }: IncomingMessage, facts: CollectionFacts): Caller {
    const { token } = /^Bearer (?<token>\S+)$/.exec(headers.authorization ?? "")?.groups ?? {};
    if (token === undefined) throw new Refusal(errors.TOKEN_MISSING, "Graph request without a bearer token");
    const claims = this.parts.tokens.verify(token);
    if (claims === undefined) throw new Refusal(errors.TOKEN_INVALID, "Graph request with a token of someone else");
    if (claims.exp * 1_000 <= this.parts.clock.now()) throw new Refusal(errors.TOKEN_EXPIRED);
    const tenant = this.parts.tenants.get(claims.tid);
    return { claims, tenant, facts, target: { endpoint: "graph", tenantId: claims.tid, source: facts.source } };
  }

  /** Counts the request against its limits, before any fault: a fault never excuses a client that asks too often. */
  private admit({ claims, facts }: Caller, entry: RequestEntry, arrival: Arrival): void {
    const charge = { limit: facts.limit, tenantId: claims.tid, appId: claims.appid };
    Object.assign(entry, charge, { source: facts.source });
    const exceeded = this.parts.limits.exceededBy(arrival, charge);
    if (exceeded !== undefined) throw new Refusal(errors.THROTTLED, exceeded);
  }

  private list(url: URL, caller: Caller, entry: RequestEntry, context: Origins & { view: View }): Answer {
    const { claims, tenant, facts, target } = caller;
    const usesNextLink = url.searchParams.has("$skiptoken");
    const state = { usesNextLink, answeredChallenge: claims.challenge };
    const fault = this.parts.faults.take(target, (candidate) => asGraphFault(candidate, state));
    if (fault !== undefined) {
      entry.fault = fault.kind;
      return answerOfFault(fault, facts);
    }
    if (!claims.roles.includes(facts.permission)) throw new Refusal(errors.permissionMissing(facts));
    if (!tenant.isLicensed(facts.source)) throw new Refusal(errors.licenceMissing(facts));
    const position = usesNextLink ? this.walks.follow(url, claims.tid) : this.begin(url, caller);
    return this.page(position, target, entry, { ...context, url });
  }

  private begin(url: URL, { claims, tenant, facts }: Caller): Position {
    const query = parseQuery(url.searchParams, facts);
    const oldestMs = this.parts.clock.now() - tenant.retentionMs;
    checkRetention(query, facts, oldestMs);
    const options = url.search.slice(1);
    const collection = tenant.collection(facts.source);
    return { walk: beginWalk({ tenantId: claims.tid, collection, query, oldestMs, options }), offset: 0 };
  }

  private page(
    { walk, offset }: Position,
    target: Target,
    entry: RequestEntry,
    context: Origins & { view: View; url: URL },
  ): Answer {
    const { top } = walk.query;
    const plan = planPage(itemsOf(walk), offset, top);
    const fault = this.parts.faults.take(target, (candidate) => asPageFault(candidate, plan, top));
    const { items, next } = fault === undefined ? plan : reshape(fault, plan, offset);
    entry.served = items.length;
    if (fault !== undefined) entry.fault = fault.kind;
    const base = `${context.graph}${context.url.pathname}`;
    const nextLink = next === undefined ? undefined : this.walks.link(base, { walk, offset: next });
    return writePage({ items, nextLink, fault }, context);
  }
}

function viewOf({ headers }: IncomingMessage, { claims, facts }: Caller, url: URL): View {
  const select = url.searchParams.get("$select")?.split(",");
  return {
    hidesPolicies: facts.source === "signIns" && !POLICY_PERMISSIONS.some((role) => claims.roles.includes(role)),
    knowsAllMembers: String(headers["prefer"]).includes("include-unknown-enum-members"),
    ...(select === undefined ? {} : { select }),
  };
}

function errorAnswer(body: GraphErrorBody, { requestId, clientRequestId }: AnswerIds, clock: GraphClock): Answer {
  const { status, code, message, headers = {} } = body;
  const date = new Date(clock.now()).toISOString().slice(0, 19);
  const innerError = { date, "request-id": requestId, "client-request-id": clientRequestId };
  return jsonAnswer(status, { error: { ...(code === undefined ? {} : { code }), message, innerError } }, headers);
}
