/**
 * Faults on demand. A fault fires on the requests it is meant for and counts them, so that a test can prove that what it
 * claims to survive really happened.
 */
import type { SourceName } from "../core/event.ts";

/** Which requests a fault is meant for. */
export interface FaultScope {
  readonly tenantId?: string;
  readonly source?: SourceName;
  /** Graph by default; the token endpoint for an `aadsts` fault. */
  readonly endpoint?: "graph" | "token";
  /** Lets so many of them pass first. */
  readonly after?: number;
  /** Ends after so many; without it the fault lasts until it is cleared. */
  readonly times?: number;
}

/** Answers in place of the asked one. */
export type AnswerFault =
  /** 429; `retryAfter` is the header's value, seconds or an HTTP-date. */
  | { readonly kind: "throttle"; readonly retryAfter?: string }
  | { readonly kind: "server-error"; readonly status: 500 | 502 | 503 | 504; readonly body: "json" | "empty" | "html" }
  /** HTML with status 200, as a captive portal sends it. */
  | { readonly kind: "html" }
  | { readonly kind: "hang" }
  | { readonly kind: "reset" }
  /** 401 InvalidAuthenticationToken although the token is good. */
  | { readonly kind: "token-refused" }
  /** 401 until the token was requested with the claims of the challenge; `notBefore` is their value, epoch seconds. */
  | { readonly kind: "claims-challenge"; readonly notBefore: string }
  | { readonly kind: "permission-missing" }
  | { readonly kind: "licence-missing" }
  /** Fires on the next use of a nextLink. */
  | { readonly kind: "skip-token-expired" }
  /** An error of the token endpoint by its AADSTS number. */
  | { readonly kind: "aadsts"; readonly number: number };

/** Changes the page that is being answered. */
export type PageFault =
  /** No records, and a nextLink to those that belong here. */
  | { readonly kind: "empty-page" }
  /** Half of the records, and a nextLink to the others. */
  | { readonly kind: "short-page" }
  /** A nextLink to the same records. */
  | { readonly kind: "repeated-page" }
  | { readonly kind: "reordered-page" }
  /** The state before the latest change, of one record or of all. */
  | { readonly kind: "stale"; readonly id?: string }
  /** A nextLink to another host. */
  | { readonly kind: "foreign-link" }
  /** A nextLink to the page itself. */
  | { readonly kind: "link-loop" }
  /** JSON cut in the middle, with a Content-Length that fits. */
  | { readonly kind: "truncated" }
  /** JSON that cannot be parsed, on pages that hold a record or are asked larger than a size. */
  | { readonly kind: "unparsable"; readonly holding?: string; readonly aboveTop?: number }
  /** Bytes in a slow trickle. */
  | { readonly kind: "trickle" }
  | { readonly kind: "oversized"; readonly bytes?: number };

export type Fault = FaultScope & (AnswerFault | PageFault);

const PAGE_FAULTS = {
  "empty-page": true,
  "short-page": true,
  "repeated-page": true,
  "reordered-page": true,
  stale: true,
  "foreign-link": true,
  "link-loop": true,
  truncated: true,
  unparsable: true,
  trickle: true,
  oversized: true,
} as const satisfies Record<PageFault["kind"], true>;

/** Whether a fault changes the asked page rather than answering in its place. */
export function isPageFault(fault: Fault): fault is FaultScope & PageFault {
  return Object.hasOwn(PAGE_FAULTS, fault.kind);
}

export interface FaultHandle {
  /** How many requests it was applied to. */
  readonly fired: number;
  clear(): void;
}

/** What of a request decides whether a fault is meant for it. */
export interface Target {
  readonly endpoint: "graph" | "token";
  readonly tenantId: string;
  readonly source?: SourceName;
}

export class Faults {
  private readonly active = new Set<ActiveFault>();

  add(fault: Fault): FaultHandle {
    const active = new ActiveFault(fault, () => this.active.delete(active));
    this.active.add(active);
    return active;
  }

  /** The first fault meant for this request that `pick` accepts; taking it counts as firing. */
  take<T>(target: Target, pick: (fault: Fault) => T | undefined): T | undefined {
    for (const active of this.active) {
      if (!active.isMeantFor(target)) continue;
      const picked = pick(active.fault);
      if (picked !== undefined && active.fire()) return picked;
    }
    return undefined;
  }
}

class ActiveFault implements FaultHandle {
  readonly fault: Fault;
  fired = 0;
  private passed = 0;
  private readonly end: () => void;

  constructor(fault: Fault, end: () => void) {
    this.fault = fault;
    this.end = end;
  }

  clear(): void {
    this.end();
  }

  isMeantFor(target: Target): boolean {
    const { kind, tenantId, source, endpoint = kind === "aadsts" ? "token" : "graph" } = this.fault;
    if (endpoint !== target.endpoint) return false;
    if (tenantId !== undefined && tenantId.toLowerCase() !== target.tenantId) return false;
    return source === undefined || source === target.source;
  }

  /** False while it lets requests pass. */
  fire(): boolean {
    if (this.passed < (this.fault.after ?? 0)) {
      this.passed += 1;
      return false;
    }
    this.fired += 1;
    if (this.fired === this.fault.times) this.end();
    return true;
  }
}
