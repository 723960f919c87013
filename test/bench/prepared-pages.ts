/**
 * Pages that are compressed once, so that serving them again costs next to nothing, wherever a page begins: its list is cut
 * in front of some records, whose ids decide which, and each piece is compressed by itself. An answer is then one gzip
 * member of many parts.
 */
import { constants, crc32, deflateRawSync } from "node:zlib";

const LIST = '"value":[';
const NEXT_RECORD = Buffer.from(',{"id":"');
/** Ids of one in 64: a page is packed nearly as well as in one piece, and little of it anew. */
const CUT = /^0[0-3]/;
/** Gzip, deflate, no flags, no time, Unix (RFC 1952 section 2.3). */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);

/** Answers a way to compress the pages of records that never change. */
export function preparedPages(): (plain: Buffer) => Promise<Buffer> {
  const known = new Map<string, Buffer>();
  const packed = (piece: Buffer) => {
    const key = `${piece.length} ${crc32(piece)}`;
    const found = known.get(key) ?? flushed(piece);
    known.set(key, found);
    return found;
  };
  return async (plain) => {
    const start = plain.indexOf(LIST) + LIST.length;
    const list = piecesOf(plain.subarray(start)).map(packed);
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(crc32(plain), 0);
    trailer.writeUInt32LE(plain.length, 4);
    return Buffer.concat([HEADER, flushed(plain.subarray(0, start)), ...list, deflateRawSync(""), trailer]);
  };
}

/** Ends at a byte, so that more may follow. */
function flushed(plain: Buffer): Buffer {
  return deflateRawSync(plain, { finishFlush: constants.Z_SYNC_FLUSH });
}

function piecesOf(list: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  let start = 0;
  for (let next = list.indexOf(NEXT_RECORD); next !== -1; next = list.indexOf(NEXT_RECORD, next + 1)) {
    const id = next + NEXT_RECORD.length;
    if (!CUT.test(list.toString("latin1", id, id + 2))) continue;
    pieces.push(list.subarray(start, next));
    start = next;
  }
  return [...pieces, list.subarray(start)];
}
