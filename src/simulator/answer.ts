/** An answer before it goes on the wire, and a refusal on the way to one. */
import type { OutgoingHttpHeaders } from "node:http";

/** How the bytes go out. hang: never. trickle: a few at a time. reset: RST in their place. */
type Delivery = "whole" | "hang" | "trickle" | "reset";

export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string | Buffer;
  readonly delivery: Delivery;
}

/** The ids that each answer carries; the client's own where it sent one. */
export interface AnswerIds {
  readonly requestId: string;
  readonly clientRequestId: string;
}

export function jsonAnswer(status: number, value: unknown, headers: OutgoingHttpHeaders = {}): Answer {
  const body = JSON.stringify(value);
  return { status, headers: { "content-type": "application/json", ...headers }, body, delivery: "whole" };
}

export function htmlAnswer(status: number): Answer {
  const title = status === 200 ? "Sign in to your account" : `${status} Our services aren't available right now`;
  const body = `<html><head><title>${title}</title></head><body><h2>${title}</h2></body></html>`;
  return { status, headers: { "content-type": "text/html" }, body, delivery: "whole" };
}

/** An error body as Graph writes it; `code` and the inner error are sometimes left out. */
export interface GraphErrorBody {
  readonly status: number;
  readonly code?: string;
  readonly message: string;
  readonly headers?: OutgoingHttpHeaders;
}

/** A request that Graph refuses; `violation` says what the client did wrong, where it did. */
export class Refusal extends Error {
  readonly body: GraphErrorBody;
  readonly violation?: string;

  constructor(body: GraphErrorBody, violation?: string) {
    super(body.message);
    this.name = "Refusal";
    this.body = body;
    if (violation !== undefined) this.violation = violation;
  }
}
