/** How messages are told apart on the wire. Pure; counts bytes, never characters. */

/** octet-counting: RFC 6587 and RFC 5425. lf: a line feed ends each message. none: a datagram or RELP keeps them apart. */
export type Framing = "octet-counting" | "lf" | "none";

export const STREAM_FRAMINGS = ["octet-counting", "lf"] as const;

/** What is written for one message. */
export interface Frame {
  /** ASCII. */
  readonly start: string;
  readonly text: Uint8Array;
  /** ASCII. */
  readonly end: string;
}

const LF = 0x0a;
const NUL = 0;
const SPACE = 0x20;

/** The frame of a header, which is ASCII, with its text in UTF-8. */
export function frame(framing: Framing, header: string, text: Uint8Array): Frame {
  if (framing === "none") return { start: header, text, end: "" };
  if (framing === "lf") return { start: header, text: oneLine(text), end: "\n" };
  return { start: `${header.length + text.length} ${header}`, text, end: "" };
}

/** Bytes of a whole frame. */
export function lengthOf({ start, text, end }: Frame): number {
  return start.length + text.length + end.length;
}

/**
 * Where a byte of the text would end the frame early (LF; NUL too, at syslog-ng) a space replaces it: nothing in a text can
 * begin a second message.
 */
function oneLine(text: Uint8Array): Uint8Array {
  if (!text.includes(LF) && !text.includes(NUL)) return text;
  return text.map((byte) => (byte === LF || byte === NUL ? SPACE : byte));
}

/** Bytes that framing adds at most to a message whose frame has `maxBytes`. */
export function framingBytes(framing: Framing, maxBytes: number): number {
  if (framing === "none") return 0;
  return framing === "lf" ? 1 : `${maxBytes} `.length;
}
