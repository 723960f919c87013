/** Takes gzip off a page at one go: chunk by chunk it costs as much again (measured), and the pieces fill the memory. */
import { gunzipSync } from "node:zlib";

/** What a Gzip member ends with: the length of what it holds, modulo 2^32 (RFC 1952 section 2.3.1). */
const LENGTH_BYTES = 4;
/** JSON of records is packed to a tenth; where several members follow each other, only the last one's length is told. */
const LIKELY_RATIO = 10;
/** Node.js cuts smaller buffers out of one that they share. */
const MOST_SHARED_BYTES = 65_536;

/** Throws zlib's error for what is no gzip or ends too soon, ERR_BUFFER_TOO_LARGE beyond `maxBytes`. */
export function gunzip(body: Buffer, maxBytes: number): Buffer {
  const told = body.length < LENGTH_BYTES ? 0 : body.readUInt32LE(body.length - LENGTH_BYTES);
  // One byte more than told: a chunk that is just full would be followed by another.
  const chunkSize = Math.min(Math.max(told, LIKELY_RATIO * body.length), maxBytes) + 1;
  return gunzipSync(body, { maxOutputLength: maxBytes, chunkSize });
}

/** Gives a page's memory back at once: the collector of garbage would go through the whole heap for it, every other page. */
export function free({ buffer }: Buffer): void {
  if (buffer.byteLength > MOST_SHARED_BYTES && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
