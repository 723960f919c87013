/** From messages to frames. Pure. A message that does not fit is rejected whole; nothing is cut here. */
import type { Message, Rejection } from "../../core/event.ts";
import { type Framing, frame, framingBytes } from "./framing.ts";
import { type HeaderStyle, longestHeader, type Sender, syslogHeaders } from "./header.ts";

export interface Encoding {
  readonly header: HeaderStyle;
  readonly framing: Framing;
  readonly sender: Sender;
  /** Bytes of the largest frame, its prefix and its end included. */
  readonly maxMessageBytes: number;
}

export interface Encoded {
  readonly frames: readonly { readonly seq: number; readonly bytes: Buffer }[];
  readonly rejected: readonly Rejection[];
}

/** Bytes that a text may have so that its frame fits, whatever its source. */
export function maxTextBytes({ header, framing, sender, maxMessageBytes }: Encoding): number {
  return maxMessageBytes - longestHeader(header, sender) - framingBytes(framing, maxMessageBytes);
}

export function encode(encoding: Encoding, batch: readonly Message[]): Encoded {
  const { header, framing, sender, maxMessageBytes } = encoding;
  const frames: { seq: number; bytes: Buffer }[] = [];
  const rejected: Rejection[] = [];
  const headerOf = syslogHeaders(header, sender);
  for (const message of batch) {
    const bytes = frame(framing, headerOf(message) + message.text);
    if (bytes.length <= maxMessageBytes) frames.push({ seq: message.seq, bytes });
    else rejected.push({ seq: message.seq, reason: tooLarge(bytes.length, maxMessageBytes) });
  }
  return { frames, rejected };
}

function tooLarge(bytes: number, limit: number): string {
  return `ERF4007 the frame has ${bytes} bytes, maxMessageBytes is ${limit}`;
}
