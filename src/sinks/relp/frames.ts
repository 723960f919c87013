/**
 * RELP on the wire (librelp, doc/relp.md): `TXNR SP COMMAND SP DATALEN [SP DATA] LF`. Pure; counts bytes, never
 * characters.
 */

/** The highest transaction number; what comes after it is not agreed between implementations. */
export const LAST_TRANSACTION = 999_999_999;

/** A server has little to say; whatever claims to be longer is no RELP. */
const LONGEST_ANSWER = 64 * 1024;
const HEADER = /^(?<transaction>\d{1,9}) (?<command>[a-z]{1,32}) (?<length>\d{1,9})(?= |\n)/;
const LONGEST_HEADER = 53;

export interface Frame {
  readonly transaction: number;
  readonly command: string;
  readonly data: string;
}

export function frame(transaction: number, command: string, data: Buffer): Buffer {
  const header = `${transaction} ${command} ${data.length}`;
  if (data.length === 0) return Buffer.from(`${header}\n`);
  return Buffer.concat([Buffer.from(`${header} `), data, Buffer.from("\n")]);
}

/** Puts frames together from bytes that may be split anywhere. */
export class FrameReader {
  private rest: Buffer = Buffer.alloc(0);

  /** The frames that are complete now. Throws Error with a few words about what is not RELP. */
  push(bytes: Buffer): Frame[] {
    this.rest = Buffer.concat([this.rest, bytes]);
    const frames: Frame[] = [];
    for (let next = this.take(); next !== undefined; next = this.take()) frames.push(next);
    return frames;
  }

  private take(): Frame | undefined {
    const start = this.rest.toString("latin1", 0, LONGEST_HEADER);
    const parts = HEADER.exec(start);
    if (parts?.groups === undefined) {
      if (start.length >= LONGEST_HEADER || /[^\da-z ]/.test(start)) throw new Error("no frame header");
      return undefined;
    }
    const { transaction, command = "", length } = parts.groups;
    if (Number(length) > LONGEST_ANSWER) throw new Error(`a frame of ${length} bytes`);
    // Without data there is no space in front of it either (librelp sends none).
    const from = parts[0].length + (Number(length) === 0 ? 0 : 1);
    const to = from + Number(length);
    if (this.rest.length <= to) return undefined;
    if (this.rest[to] !== 0x0a) throw new Error("a frame that does not end where it says");
    const data = this.rest.toString("utf8", from, to);
    this.rest = this.rest.subarray(to + 1);
    return { transaction: Number(transaction), command, data };
  }
}
