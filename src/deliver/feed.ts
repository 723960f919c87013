/**
 * What a pump advances over: events in the log's order behind a cursor of its own. `live` is the sink's cursor,
 * `replayed` a temporary one that an operator asked for.
 */
import { isNotice, type LoggedEvent, type StoredEvent } from "../core/event.ts";
import { type Health, NEW_HEALTH } from "../core/health.ts";
import type { Acknowledgement, Replay, SinkOrigin, StartFrom, Store } from "../store/store.ts";
import type { Fate } from "./progress.ts";
import { type Selection, selects } from "./selection.ts";
import type { SharedReads } from "./shared-reads.ts";

/** Where a pump begins. */
interface Opened {
  readonly cursor: number;
  /** Events that were pruned while nobody asked for them. */
  readonly missed: number;
  readonly health: Health;
}

/** Errors are those of the store. */
export interface Feed {
  open(): Promise<Opened>;
  after(seq: number, limit: number): Promise<Iterable<LoggedEvent>>;
  fateOf(event: StoredEvent): Fate;
  /** Moves the cursor and keeps what was rejected. */
  acknowledge(answer: Acknowledgement): Promise<void>;
  saveHealth(health: Health): Promise<void>;
}

export interface Taker {
  readonly name: string;
  readonly selection: Selection;
  readonly startFrom: StartFrom;
  readonly origin?: SinkOrigin | undefined;
}

/** `reads` is where the log is read, where that is shared with other sinks. */
export function live(store: Store, taker: Taker, reads?: SharedReads): Feed {
  const { name, selection, startFrom, origin } = taker;
  return {
    open: async () => {
      const opened = await store.openSink(name, startFrom, origin);
      reads?.forget();
      return opened;
    },
    after: (seq, limit) => (reads ?? store).after(seq, limit),
    fateOf: (event) => {
      if (isNotice(event)) return event.sink === name ? "told" : "foreign";
      // What an operator sends again is sent, whatever the selection says by now.
      if (event.sink !== undefined) return event.sink === name ? "resent" : "foreign";
      return selects(selection, event) ? "sent" : "filtered";
    },
    acknowledge: (answer) => store.acknowledge(name, answer),
    saveHealth: (health) => store.saveSinkHealth(name, health),
  };
}

/** The span of the log that a replay has still to send. What was itself sent again is not sent a third time. */
export function replayed(store: Store, { id, cursor, finish }: Replay, selection: Selection): Feed {
  return {
    open: async () => ({ cursor, missed: 0, health: NEW_HEALTH }),
    after: async (seq, limit) => upTo(finish, await store.after(seq, limit)),
    fateOf: (event) => {
      if (isNotice(event) || event.sink !== undefined) return "foreign";
      return selects(selection, event) ? "resent" : "filtered";
    },
    acknowledge: (answer) => store.acknowledgeReplay(id, answer),
    saveHealth: (health) => store.saveReplayHealth(id, health),
  };
}

function* upTo(finish: number, events: Iterable<LoggedEvent>): Generator<LoggedEvent> {
  for (const event of events) if (event.seq <= finish) yield event;
}
