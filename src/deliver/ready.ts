/**
 * Events of the log that are packed for a sink already: while one is appended its record is at hand, and to read it back
 * and parse it again takes a third of the whole path. What was appended while enough was ready is read from the log.
 */
import type { Follower, LoggedEvent } from "../core/event.ts";
import type { Packed } from "./parcel.ts";

/** UTF-16 units of text that are kept, some two thousand messages. */
const MOST_TEXT = 2_000_000;
/** What is left out of a sink has no text, but takes room too. */
const LEAST_TEXT = 100;

export class Ready {
  /** In the order of the log, with gaps. */
  private packed: readonly Packed[] = [];
  private text = 0;

  /** Whether another page would be too much. */
  get isFull(): boolean {
    return this.text > MOST_TEXT / 2;
  }

  /** What a transaction appends is packed at once, and is ready when all of it is committed. */
  follower(pack: (event: LoggedEvent) => Packed): Follower {
    const packed: Packed[] = [];
    let { text } = this;
    return {
      appended: (event) => {
        if (text > MOST_TEXT) return;
        const item = pack(event);
        packed.push(item);
        text += textOf(item);
      },
      committed: () => {
        this.packed = [...this.packed, ...packed];
        this.text = text;
      },
    };
  }

  /** Up to `most` events that follow a place without a gap. */
  take(place: number, most: number): readonly Packed[] {
    this.keep(this.packed.filter(({ seq }) => seq > place));
    const taken = this.packed.slice(0, most).filter(({ seq }, index) => seq === place + 1 + index);
    this.keep(this.packed.slice(taken.length));
    return taken;
  }

  /** The first place behind another from which on anything is ready. */
  get start(): number {
    return this.packed[0]?.seq ?? Number.POSITIVE_INFINITY;
  }

  private keep(packed: readonly Packed[]): void {
    if (packed.length === this.packed.length) return;
    this.packed = packed;
    this.text = 0;
    for (const item of packed) this.text += textOf(item);
  }
}

function textOf({ message }: Packed): number {
  return LEAST_TEXT + (message?.text.length ?? 0);
}
