/** What a failed exchange means for whoever must act, the same for Graph and for the token endpoint. */
import type { ErrorCode } from "../core/codes.ts";
import { BlockedError, type ForwarderError, TransientError } from "../core/errors.ts";
import type { Failure, FailureReason } from "./http.ts";

/** Whom we could not talk to, and for which tenant or stream. */
export interface Peer {
  /** Start of the message, such as `signIns of tenant contoso`. */
  readonly subject: string;
  readonly name: "Graph" | "the token endpoint";
}

interface Meaning {
  readonly what: string;
  readonly code?: ErrorCode;
  /** Whether a smaller question could help. */
  readonly narrow?: boolean;
}

/** Without a code: the other side is unreachable. */
const MEANINGS: Readonly<Record<Exclude<FailureReason, "untrusted" | "proxy">, Meaning>> = {
  unreachable: { what: "cannot be reached" },
  broken: { what: "ended the connection without an answer" },
  truncated: { what: "ended the connection within an answer", code: "ERF3004", narrow: true },
  "too large": { what: "answers too much", code: "ERF3006", narrow: true },
  deadline: { what: "is too slow", code: "ERF3005", narrow: true },
};

/** Somebody has to change the filter first. */
const STRANGER_WAIT_MS = 60_000;

export function transportError({ reason, detail, status = 0 }: Failure, { subject, name }: Peer): ForwarderError {
  const unreachable = name === "Graph" ? "ERF3001" : "ERF2001";
  if (reason === "proxy") return proxyError(status, `${subject}: ${name} cannot be reached (${detail})`);
  if (reason === "untrusted") {
    return new BlockedError(
      unreachable,
      `${subject}: the certificate of ${name} cannot be verified (${detail})`,
      "Where a proxy inspects TLS, name its CA in NODE_EXTRA_CA_CERTS or endpoints.caFile and restart.",
    );
  }
  // A token cannot be asked for in smaller pieces.
  if (reason === "deadline" && name === "the token endpoint") {
    return new TransientError("ERF2011", `${subject}: ${name} is too slow (${detail})`);
  }
  const { what, code = unreachable, narrow = false } = MEANINGS[reason];
  return new TransientError(code, `${subject}: ${name} ${what} (${detail})`, { narrow });
}

/** A proxy that cannot reach Microsoft (5xx) recovers by itself; one that does not let us through (4xx) does not. */
export function proxyError(status: number, message: string): ForwarderError {
  if (status >= 500) return new TransientError("ERF3001", message);
  return new BlockedError(
    "ERF3014",
    message,
    "Allow this host to reach the login and Graph hosts through the proxy in HTTPS_PROXY, with its user and password in that URL if it asks for them; polling resumes by itself.",
  );
}

/** For an answer that is no JSON although it blames the request: Microsoft says in JSON what it refuses. */
export function strangerError(status: number, { subject, name }: Peer): TransientError {
  const message = `${subject}: something else than Microsoft answers for ${name} (HTTP ${status}; a proxy or a web filter)`;
  return new TransientError("ERF3014", message, { retryAfterMs: STRANGER_WAIT_MS });
}
