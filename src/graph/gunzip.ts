/** Takes gzip off an answer at one go: chunk by chunk it costs as much again (measured), and the pieces fill the memory. */
import { gunzipSync } from "node:zlib";

/** What a Gzip member ends with: the length of what it holds, modulo 2^32 (RFC 1952 section 2.3.1). */
const LENGTH_BYTES = 4;
const LEAST_CHUNK = 1_024;

/** Throws zlib's error for what is no gzip or ends too soon, ERR_BUFFER_TOO_LARGE beyond `maxBytes`. */
export function gunzip(body: Buffer, maxBytes: number): Buffer {
  const told = body.length < LENGTH_BYTES ? 0 : body.readUInt32LE(body.length - LENGTH_BYTES);
  // One byte more than told: a chunk that is just full would be followed by another.
  const chunkSize = Math.max(LEAST_CHUNK, Math.min(told, maxBytes) + 1);
  return gunzipSync(body, { maxOutputLength: maxBytes, chunkSize });
}
