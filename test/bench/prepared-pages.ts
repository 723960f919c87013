/**
 * Pages that are compressed once, so that serving them again costs next to nothing: of two answers with the same records
 * only the nextLink differs. An answer is then one gzip member of two parts, each compressed by itself.
 */
import { constants, crc32, deflateRawSync } from "node:zlib";

const LIST = '"value":[';
/** Gzip, deflate, no flags, no time, Unix (RFC 1952 section 2.3). */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);

/** Answers a way to compress the pages of records that never change. */
export function preparedPages(): (plain: Buffer) => Promise<Buffer> {
  const lists = new Map<string, Buffer>();
  const packed = (list: Buffer) => {
    const key = `${list.length} ${crc32(list)}`;
    const found = lists.get(key) ?? deflateRawSync(list);
    lists.set(key, found);
    return found;
  };
  return async (plain) => {
    const start = plain.indexOf(LIST) + LIST.length;
    const head = deflateRawSync(plain.subarray(0, start), { finishFlush: constants.Z_SYNC_FLUSH });
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(crc32(plain), 0);
    trailer.writeUInt32LE(plain.length, 4);
    return Buffer.concat([HEADER, head, packed(plain.subarray(start)), trailer]);
  };
}
