/** What events of the log become for one sink: what is left out, what is sent, what cannot be formatted. Pure. */
import { messageOf } from "../core/errors.ts";
import { isNotice, type LoggedEvent, type Message, type Rejection } from "../core/event.ts";
import type { Format } from "../formats/format.ts";
import type { Feed } from "./feed.ts";
import type { Sent } from "./lag.ts";
import { type Examined, type Fate, isSent } from "./progress.ts";

/** One event, without its record: that is ten times the message. */
export interface Packed {
  readonly seq: number;
  readonly fate: Fate;
  readonly received: number;
  /** Absent: the event is left out, or it was rejected. */
  readonly message?: Message;
  readonly rejected?: Rejection;
}

/** A batch. */
export interface Parcel {
  readonly examined: readonly Examined[];
  readonly messages: readonly Message[];
  readonly rejected: readonly Rejection[];
  /** What is sent for the first time. */
  readonly fresh: readonly Sent[];
}

export interface ParcelParts {
  readonly feed: Pick<Feed, "fateOf">;
  readonly format: Format;
  readonly sink: { readonly maxTextBytes: number };
}

/** `bytesOf` puts a text into memory. */
export function pack(
  event: LoggedEvent,
  { feed, format, sink }: ParcelParts,
  bytesOf: (text: string) => Uint8Array = (text) => Buffer.from(text),
): Packed {
  const { seq, time, received } = event;
  const fate = feed.fateOf(event);
  if (!isSent(fate)) return { seq, fate, received };
  const source = isNotice(event) ? "forwarder" : event.stream.source;
  try {
    const text = bytesOf(format.format(event, sink.maxTextBytes));
    return { seq, fate, received, message: { seq, time, source, text } };
  } catch (error) {
    return { seq, fate, received, rejected: { seq, reason: `ERF4006 ${messageOf(error)}` } };
  }
}

export function parcelOf(packed: readonly Packed[]): Parcel {
  const messages: Message[] = [];
  const rejected: Rejection[] = [];
  const fresh: Sent[] = [];
  for (const event of packed) {
    if (event.fate === "sent") fresh.push(event);
    if (event.message !== undefined) messages.push(event.message);
    if (event.rejected !== undefined) rejected.push(event.rejected);
  }
  return { examined: packed, messages, rejected, fresh };
}
