/** What goes wrong with a connection, in terms of who must act. The only place that reads socket and TLS error codes. */
import type { PeerCertificate } from "node:tls";
import { BlockedError, messageOf, TransientError } from "../../core/errors.ts";
import { addressOf, type Collector } from "./collector.ts";

/** TLS alerts by which a collector refuses our certificate, or that we have none (RFC 8446 section 6.2). */
const CERTIFICATE_ALERT = /ALERT.*(?:CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR|HANDSHAKE_FAILURE)/;

/** A certificate may name thousands of hosts; a message quotes so many characters of them. */
const MAX_NAMES = 200;

export function unreachable(collector: Pick<Collector, "host" | "port">, cause: unknown): TransientError {
  return new TransientError("ERF4001", `${addressOf(collector)}: not reachable (${reasonOf(cause)})`, { cause });
}

/** What a connection has to wait for before it is open, in this order. */
export type OpeningStep = "files" | "connection" | "handshake";

export function notInTime(collector: Collector, step: OpeningStep): TransientError | BlockedError {
  const limit = `within ${collector.connectTimeoutMs / 1_000} s`;
  if (step === "files") {
    const remedy = "Check the file system that holds the files of tls.caFile, tls.certFile and tls.keyFile.";
    return new BlockedError("ERF1003", `TLS files not read ${limit}`, remedy);
  }
  const what = step === "handshake" ? `no TLS handshake ${limit}; does this port speak TLS?` : `no connection ${limit}`;
  return new TransientError("ERF4001", `${addressOf(collector)}: ${what}`);
}

/** How a collector can make no progress, and what may be behind it. */
const STALLS = {
  "takes no bytes": "",
  "answers nothing": ": it hangs, or this port is not one for RELP",
  "does not close":
    ": it has not read all that was sent, or never closes a half-closed connection; where it never does, set persistent: true",
} as const;

export type Stall = keyof typeof STALLS;

export function stalled(collector: Collector, stall: Stall): TransientError {
  const span = `for ${collector.stallTimeoutMs / 1_000} s`;
  return new TransientError("ERF4002", `${addressOf(collector)}: ${stall} ${span}${STALLS[stall]}`);
}

export function endedUncleanly(collector: Collector, cause?: unknown): TransientError {
  const reason = cause === undefined ? "closed by the collector" : reasonOf(cause);
  const suspects =
    collector.tls === undefined
      ? ", or the port speaks TLS (transport: tls)"
      : ", and whether it trusts our client certificate";
  return new TransientError(
    "ERF4003",
    `${addressOf(collector)}: connection ended before everything was read (${reason}); where this repeats, compare framing and maxMessageBytes with what the collector takes${suspects}`,
    { cause },
  );
}

/** Anybody on the way can end a TCP connection; only the collector can end the TLS session inside it. */
export function endedWithoutNotice(collector: Collector): TransientError {
  return new TransientError(
    "ERF4003",
    `${addressOf(collector)}: TLS session ended without close_notify, so that nothing tells the collector's end from an attacker's; rsyslog's gtls driver sends none: use its ossl driver, or set tls.requireCloseNotify: false`,
  );
}

/** An error of the TLS layer. A certificate alert may come after the handshake: TLS 1.3 lets the client finish first. */
export function tlsFailed(collector: Collector, error: unknown, isOpen: boolean): TransientError | BlockedError {
  const code = codeOf(error);
  const address = addressOf(collector);
  if (CERTIFICATE_ALERT.test(code)) {
    const { certFile } = collector.tls ?? {};
    const refusal =
      certFile === undefined ? "wants a client certificate" : `refuses the client certificate ${certFile}`;
    return new BlockedError(
      "ERF4005",
      `${address}: the collector ${refusal} (${code})`,
      "Give tls.certFile and tls.keyFile a valid certificate of a CA that the collector trusts.",
      error,
    );
  }
  if (isOpen || !code.startsWith("ERR_SSL_")) return endedUncleanly(collector, error);
  return new BlockedError(
    "ERF4008",
    `${address}: no TLS handshake (${code})`,
    "Check that this port speaks TLS 1.2 or later; for plain TCP set transport: tcp, or leave tls out of a relp sink.",
    error,
  );
}

/** The collector's certificate did not pass; `code` is the TLS layer's verdict. */
export function certificateRefused(collector: Collector, code: string, presented: PeerCertificate): BlockedError {
  const { caFile, serverName = collector.host } = collector.tls ?? {};
  const signer = caFile === undefined ? "a CA that this system trusts" : `a CA of ${caFile}`;
  return new BlockedError(
    "ERF4004",
    `${addressOf(collector)}: certificate refused (${code}): presented ${describe(presented)}; expected one for ${serverName}, signed by ${signer}`,
    remedyFor(code),
  );
}

function describe({ subject, issuer, subjectaltname, valid_from, valid_to }: PeerCertificate): string {
  const names = (subjectaltname ?? "no alternative names").slice(0, MAX_NAMES);
  const issued = `issued by ${commonName(issuer)}, valid ${valid_from} to ${valid_to}`;
  return `${commonName(subject)} (${names}) ${issued}`;
}

function commonName({ CN }: { readonly CN?: string | string[] }): string {
  return `CN=${String(CN ?? "").slice(0, MAX_NAMES)}`;
}

function remedyFor(code: string): string {
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "Set host or tls.serverName to a name that the certificate has.";
  if (code === "CERT_HAS_EXPIRED") return "Renew the collector's certificate.";
  if (code === "CERT_NOT_YET_VALID") return "Check the clocks of this host and of the collector.";
  return "Put the CA that signed the collector's certificate into tls.caFile.";
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** A code says it best; several addresses tried at once give an error without a message. */
function reasonOf(error: unknown): string {
  return codeOf(error) || messageOf(error);
}
