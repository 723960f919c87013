/** How messages are told apart on the wire. Pure; counts bytes, never characters. */

/** octet-counting: RFC 6587 and RFC 5425. lf: a line feed ends each message. none: a datagram or RELP keeps them apart. */
export type Framing = "octet-counting" | "lf" | "none";

export const STREAM_FRAMINGS = ["octet-counting", "lf"] as const;

/**
 * The frame of a header with its text. Where a byte of the text would end the frame early (LF; NUL too, at syslog-ng)
 * a space replaces it: nothing in a text can begin a second message.
 */
export function frame(framing: Framing, line: string): Buffer {
  if (framing === "none") return Buffer.from(line);
  if (framing === "octet-counting") return counted(line);
  return Buffer.from(`${line.replaceAll(/[\n\0]/g, " ")}\n`);
}

/** Written in two pieces: as one text it would be copied once more. */
function counted(line: string): Buffer {
  const length = Buffer.byteLength(line);
  const prefix = `${length} `;
  const bytes = Buffer.allocUnsafe(prefix.length + length);
  bytes.write(line, bytes.write(prefix));
  return bytes;
}

/** Bytes that framing adds at most to a message whose frame has `maxBytes`. */
export function framingBytes(framing: Framing, maxBytes: number): number {
  if (framing === "none") return 0;
  return framing === "lf" ? 1 : `${maxBytes} `.length;
}
