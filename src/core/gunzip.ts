/** Takes gzip off a page at one go: chunk by chunk it costs as much again (measured), and the pieces fill the memory. */
import { constants, gunzipSync } from "node:zlib";

/** A page of 1000 sign-ins is 12 to 20 MB at worst. */
export const MOST_UNPACKED_BYTES = 64 * 1024 * 1024;

/** What a Gzip member ends with: the length of what it holds, modulo 2^32 (RFC 1952 section 2.3.1). */
const LENGTH_BYTES = 4;
/** JSON of records is packed to a tenth; where several members follow each other, only the last one's length is told. */
const LIKELY_RATIO = 10;

/** Throws zlib's error for what is no gzip or ends too soon, ERR_BUFFER_TOO_LARGE beyond the most. */
export function gunzip(packed: Uint8Array): Buffer {
  const body = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const told = body.length < LENGTH_BYTES ? 0 : body.readUInt32LE(body.length - LENGTH_BYTES);
  // One byte more than told: a chunk that is just full would be followed by another.
  const likely = Math.max(told, LIKELY_RATIO * body.length, constants.Z_MIN_CHUNK);
  const chunkSize = Math.min(likely, MOST_UNPACKED_BYTES) + 1;
  return gunzipSync(body, { maxOutputLength: MOST_UNPACKED_BYTES, chunkSize });
}
