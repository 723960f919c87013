/**
 * Takes syslog frames out of a TCP stream as RFC 6587 describes them: octet-counted when a frame begins with a digit,
 * otherwise a line that ends with LF.
 */

const LF = 0x0a;
const SPACE = 0x20;
const ZERO = 0x30;
const NINE = 0x39;
/** Digits of an octet count; more of them are no count. */
const MAX_DIGITS = 9;

export class FrameDecoder {
  private pending: Buffer = Buffer.alloc(0);

  /** The frames that a chunk completes. Throws RangeError for a count that is none. */
  push(chunk: Buffer): string[] {
    this.pending = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    const lines: string[] = [];
    let start = 0;
    for (let frame = frameAt(this.pending, start); frame !== undefined; frame = frameAt(this.pending, start)) {
      lines.push(this.pending.toString("utf8", frame.from, frame.to));
      start = frame.next;
    }
    this.pending = this.pending.subarray(start);
    return lines;
  }

  /** Bytes of a frame that is not complete. */
  get unfinishedBytes(): number {
    return this.pending.length;
  }
}

interface Frame {
  readonly from: number;
  readonly to: number;
  /** Where the next frame begins. */
  readonly next: number;
}

function frameAt(bytes: Buffer, start: number): Frame | undefined {
  const first = bytes[start];
  if (first === undefined) return undefined;
  if (first >= ZERO && first <= NINE) return countedAt(bytes, start);
  const end = bytes.indexOf(LF, start);
  return end === -1 ? undefined : { from: start, to: end, next: end + 1 };
}

function countedAt(bytes: Buffer, start: number): Frame | undefined {
  const space = bytes.indexOf(SPACE, start);
  const digits = bytes.toString("latin1", start, space === -1 ? bytes.length : space);
  if (!/^[1-9]\d*$/.test(digits) || digits.length > MAX_DIGITS) throw new RangeError("not an octet count");
  if (space === -1) return undefined;
  const from = space + 1;
  const to = from + Number(digits);
  return to > bytes.length ? undefined : { from, to, next: to };
}
