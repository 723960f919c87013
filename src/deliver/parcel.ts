/** What a batch of the log becomes for one sink: what is left out, what is sent, what cannot be formatted. Pure. */
import { messageOf } from "../core/errors.ts";
import { isNotice, type LoggedEvent, type Message, type Rejection } from "../core/event.ts";
import type { Format } from "../formats/format.ts";
import type { Feed } from "./feed.ts";
import type { Sent } from "./lag.ts";
import { type Examined, isSent } from "./progress.ts";

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

export function parcelOf(events: Iterable<LoggedEvent>, { feed, format, sink }: ParcelParts): Parcel {
  const examined: Examined[] = [];
  const messages: Message[] = [];
  const rejected: Rejection[] = [];
  const fresh: Sent[] = [];
  for (const event of events) {
    const { seq, time, received } = event;
    const fate = feed.fateOf(event);
    examined.push({ seq, fate });
    if (fate === "sent") fresh.push({ seq, received });
    if (!isSent(fate)) continue;
    const source = isNotice(event) ? "forwarder" : event.stream.source;
    try {
      messages.push({ seq, time, source, text: format.format(event, sink.maxTextBytes) });
    } catch (error) {
      rejected.push({ seq, reason: `ERF4006 ${messageOf(error)}` });
    }
  }
  return { examined, messages, rejected, fresh };
}
