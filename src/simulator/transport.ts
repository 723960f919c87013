/** Puts an answer on the wire: Graph's headers, gzip where it is accepted, and the ways in which bytes go wrong. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Answer } from "./answer.ts";

export type Compress = (plain: Buffer) => Promise<Buffer>;

const compressed = promisify(gzip);
/** Quick rather than small: loopback has room. */
const GZIP_LEVEL = 1;
const GZIP_MIN_BYTES = 1_024;
const TRICKLE_BYTES = 8;
const TRICKLE_EVERY_MS = 100;
const FORM_MAX_BYTES = 64 * 1_024;

export function acceptsGzip({ headers }: IncomingMessage): boolean {
  return /\bgzip\b/.test(String(headers["accept-encoding"]));
}

export const quickly: Compress = (plain) => compressed(plain, { level: GZIP_LEVEL });

/** Sends an answer, compressed where a way is given; resolves when nothing more is to be done for it. */
export async function send(response: ServerResponse, answer: Answer, compress?: Compress): Promise<void> {
  if (answer.delivery === "hang") return;
  if (answer.delivery === "reset") return reset(response.req.socket);
  const plain = Buffer.isBuffer(answer.body) ? answer.body : Buffer.from(answer.body);
  const isCompressed = compress !== undefined && plain.length >= GZIP_MIN_BYTES;
  const body = isCompressed ? await compress(plain) : plain;
  response.writeHead(answer.status, {
    ...answer.headers,
    ...(isCompressed ? { "content-encoding": "gzip" } : {}),
    "content-length": body.length,
  });
  if (answer.delivery === "trickle") return trickle(response, body);
  response.end(body);
}

/** The body of a request. Throws RangeError beyond what a token request may have. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > FORM_MAX_BYTES) throw new RangeError("request body too large");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}

function trickle(response: ServerResponse, body: Buffer): void {
  let sent = 0;
  const timer = setInterval(() => {
    response.write(body.subarray(sent, sent + TRICKLE_BYTES));
    sent += TRICKLE_BYTES;
    if (sent >= body.length) response.end();
  }, TRICKLE_EVERY_MS);
  response.once("close", () => clearInterval(timer));
}

/** RST in place of an answer; a TLS connection cannot send one and just ends. */
function reset(socket: Socket): void {
  if ("encrypted" in socket) socket.destroy();
  else socket.resetAndDestroy();
}
