/** How messages are told apart on the wire. Pure; counts bytes, never characters. */

/** octet-counting: RFC 6587 and RFC 5425. lf: a line feed ends each message. none: a datagram or RELP keeps them apart. */
export type Framing = "octet-counting" | "lf" | "none";

export const STREAM_FRAMINGS = ["octet-counting", "lf"] as const;

/** What is written for one message: two texts, for as one they would be copied once more. */
export interface Frame {
  /** ASCII. */
  readonly start: string;
  readonly text: string;
  /** Length of both in bytes of UTF-8. */
  readonly bytes: number;
}

/**
 * The frame of a header, which is ASCII, with its text. Where a byte of the text would end the frame early (LF; NUL too, at
 * syslog-ng) a space replaces it: nothing in a text can begin a second message.
 */
export function frame(framing: Framing, header: string, text: string): Frame {
  if (framing === "none") return frameOf(header, text, Buffer.byteLength(text));
  if (framing === "lf") {
    const line = `${text.replaceAll(/[\n\0]/g, " ")}\n`;
    return frameOf(header, line, Buffer.byteLength(line));
  }
  const bytes = Buffer.byteLength(text);
  return frameOf(`${header.length + bytes} ${header}`, text, bytes);
}

function frameOf(start: string, text: string, textBytes: number): Frame {
  return { start, text, bytes: start.length + textBytes };
}

/** Bytes that framing adds at most to a message whose frame has `maxBytes`. */
export function framingBytes(framing: Framing, maxBytes: number): number {
  if (framing === "none") return 0;
  return framing === "lf" ? 1 : `${maxBytes} `.length;
}
