/** Answers in place of the asked one: which fault applies to a request, and what it answers. */
import { type Answer, type GraphErrorBody, htmlAnswer, Refusal } from "./answer.ts";
import type { CollectionFacts } from "./catalogue.ts";
import { type AnswerFault, type Fault, isPageFault } from "./faults.ts";
import * as errors from "./graph-errors.ts";

/** What of a Graph request the faults need to know beyond their scope. */
export interface GraphRequestState {
  readonly usesNextLink: boolean;
  /** The challenge that the token answers, if any. */
  readonly answeredChallenge: string | undefined;
}

/** The fault as one that applies to a Graph request in this state; undefined where it does not. */
export function asGraphFault(fault: Fault, state: GraphRequestState): AnswerFault | undefined {
  if (isPageFault(fault) || fault.kind === "aadsts") return undefined;
  if (fault.kind === "skip-token-expired" && !state.usesNextLink) return undefined;
  if (fault.kind === "claims-challenge" && state.answeredChallenge === fault.notBefore) return undefined;
  return fault;
}

/** The answer of a fault on a Graph request. Throws Refusal for those with an error body of Graph's. */
export function answerOfFault(fault: AnswerFault, facts: CollectionFacts): Answer {
  const body = errorBodyOf(fault, facts);
  if (body !== undefined) throw new Refusal(body);
  return brokenAnswer(fault);
}

/** Answers that look the same on both endpoints. */
export function brokenAnswer(fault: AnswerFault): Answer {
  const empty: Answer = { status: 200, headers: {}, body: "", delivery: "whole" };
  if (fault.kind === "hang" || fault.kind === "reset") return { ...empty, delivery: fault.kind };
  if (fault.kind === "html") return htmlAnswer(200);
  if (fault.kind !== "server-error") throw new Error(`the fault ${fault.kind} does not exist on this endpoint`);
  return fault.body === "html" ? htmlAnswer(fault.status) : { ...empty, status: fault.status };
}

function errorBodyOf(fault: AnswerFault, facts: CollectionFacts): GraphErrorBody | undefined {
  if (fault.kind === "throttle") return throttled(fault.retryAfter);
  if (fault.kind === "token-refused") return errors.TOKEN_EXPIRED;
  if (fault.kind === "claims-challenge") return errors.claimsChallenge(fault.notBefore);
  if (fault.kind === "permission-missing") return errors.permissionMissing(facts);
  if (fault.kind === "licence-missing") return errors.licenceMissing(facts);
  if (fault.kind === "skip-token-expired") return errors.TOKEN_NOT_FOUND;
  if (fault.kind !== "server-error" || fault.body !== "json") return undefined;
  return { status: fault.status, code: "UnknownError", message: "" };
}

function throttled(retryAfter: string | undefined): GraphErrorBody {
  if (retryAfter === undefined) return errors.THROTTLED;
  return { ...errors.THROTTLED, headers: { "retry-after": retryAfter } };
}
