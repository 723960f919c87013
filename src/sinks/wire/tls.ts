/**
 * TLS over a TCP connection that stays ours. Node would close the connection as soon as the TLS session has ended;
 * only what follows tells whether the collector read everything (FIN) or threw something away (RST): its close_notify
 * comes in both cases. So the session runs over a duplex that leaves the TCP connection alone, and that does not pass
 * the end of TCP on: `end` of a session is the collector's close_notify and nothing else.
 */
import { readFile, stat } from "node:fs/promises";
import { isIP, type Socket } from "node:net";
import { Duplex } from "node:stream";
import {
  connect,
  createSecureContext,
  type DetailedPeerCertificate,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import { BlockedError, messageOf } from "../../core/errors.ts";
import type { TlsSettings } from "./collector.ts";

/** A certificate may carry any text as its name. */
const MAX_NAME = 64;

/**
 * The CA and the client certificate, read afresh so that a rotated one is used from the next connection on.
 * Throws BlockedError (ERF1003).
 */
export async function readSecureContext({ caFile, certFile, keyFile }: TlsSettings): Promise<SecureContext> {
  try {
    const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map(readOptional));
    return createSecureContext({ ca, cert, key, minVersion: "TLSv1.2" });
  } catch (error) {
    const files = [caFile, certFile, keyFile].filter((file) => file !== undefined).join(", ");
    throw new BlockedError(
      "ERF1003",
      `TLS files unusable: ${messageOf(error)}`,
      `Check that ${files} can be read, are PEM, and that certificate and key belong together.`,
      error,
    );
  }
}

async function readOptional(file: string | undefined): Promise<Buffer | undefined> {
  if (file === undefined) return undefined;
  const found = await stat(file);
  // A pipe that nobody writes to, or a device, would hold one of Node's few file threads for ever.
  if (!found.isFile()) throw new Error(`${file} is no file`);
  return readFile(file);
}

/**
 * Starts a session. The caller must read `authorized` at `secureConnect` and write nothing before: the verdict is not
 * left to `rejectUnauthorized`, since a connection that is already destroyed cannot say which certificate it got.
 */
export function startTls(socket: Socket, host: string, { serverName = host }: TlsSettings, context: SecureContext) {
  return connect({
    socket: wireOver(socket),
    secureContext: context,
    host: serverName,
    // An address is verified as such; SNI takes names only (RFC 6066 section 3).
    ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
    rejectUnauthorized: false,
  });
}

/** The verdict on the collector's certificate; undefined when it passed. */
export function refusalOf(secure: TLSSocket): string | undefined {
  return secure.authorized ? undefined : String(secure.authorizationError);
}

/** What a collector presented. */
export interface TlsFacts {
  readonly protocol: string;
  /** Common names: of the collector's certificate, of what signed it, and so on up to the root as far as it is known. */
  readonly chain: readonly string[];
  /** When the collector's certificate ends, in epoch milliseconds. */
  readonly expires: number;
}

export function factsOf(secure: TLSSocket): TlsFacts {
  const leaf = secure.getPeerCertificate(true);
  const chain: string[] = [];
  const seen = new Set<string>();
  for (let link: DetailedPeerCertificate | undefined = leaf; link; link = link.issuerCertificate) {
    if (seen.has(link.fingerprint256)) break;
    seen.add(link.fingerprint256);
    chain.push(nameOf(link));
  }
  return { protocol: secure.getProtocol() ?? "TLS", chain, expires: Date.parse(leaf.valid_to) };
}

function nameOf({ subject }: DetailedPeerCertificate): string {
  return String(subject.CN ?? subject.O ?? "no name").slice(0, MAX_NAME);
}

function wireOver(socket: Socket): Duplex {
  const wire = new Duplex({
    read: () => undefined,
    write: (chunk, _encoding, done) => socket.write(chunk, done),
    final: (done) => socket.end(done),
    destroy: (error, done) => {
      socket.end();
      done(error);
    },
  });
  socket.on("data", (chunk) => {
    if (!wire.destroyed) wire.push(chunk);
  });
  return wire;
}
