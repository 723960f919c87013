/** From messages to frames. Pure. A message that does not fit is rejected whole; nothing is cut here. */
import type { Message, Rejection } from "../../core/event.ts";
import { type Frame, type Framing, frame, framingBytes, lengthOf } from "./framing.ts";
import { type HeaderStyle, longestHeader, type Sender, syslogHeaders } from "./header.ts";

export interface Encoding {
  readonly header: HeaderStyle;
  readonly framing: Framing;
  readonly sender: Sender;
  /** Bytes of the largest frame, its prefix and its end included. */
  readonly maxMessageBytes: number;
}

export interface Encoded {
  /** All frames, one behind the other. */
  readonly bytes: Buffer;
  readonly frames: readonly Framed[];
  readonly rejected: readonly Rejection[];
}

/** Where the frame of a message is among all of them. */
interface Framed {
  readonly seq: number;
  readonly start: number;
  readonly end: number;
}

/** Bytes that a text may have so that its frame fits, whatever its source. */
export function maxTextBytes({ header, framing, sender, maxMessageBytes }: Encoding): number {
  return maxMessageBytes - longestHeader(header, sender) - framingBytes(framing, maxMessageBytes);
}

export function encode(encoding: Encoding, batch: readonly Message[]): Encoded {
  const { header, framing, sender, maxMessageBytes } = encoding;
  const fitting: Frame[] = [];
  const frames: Framed[] = [];
  const rejected: Rejection[] = [];
  const headerOf = syslogHeaders(header, sender);
  let length = 0;
  for (const message of batch) {
    const { seq, text } = message;
    const found = frame(framing, headerOf(message), text);
    const end = length + lengthOf(found);
    if (end - length <= maxMessageBytes) {
      fitting.push(found);
      frames.push({ seq, start: length, end });
      length = end;
    } else rejected.push({ seq, reason: tooLarge(end - length, maxMessageBytes) });
  }
  return { bytes: written(fitting, length), frames, rejected };
}

function written(frames: readonly Frame[], length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (const { start, text, end } of frames) {
    at += bytes.write(start, at, "latin1");
    bytes.set(text, at);
    at += text.length;
    at += bytes.write(end, at, "latin1");
  }
  return bytes;
}

function tooLarge(bytes: number, limit: number): string {
  return `ERF4007 the frame has ${bytes} bytes, maxMessageBytes is ${limit}`;
}
