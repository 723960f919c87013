/**
 * Events of the log that are packed for a sink already: while one is appended its record is at hand, and to read it back
 * and parse it again takes a third of the whole path. What was appended while enough was ready is read from the log.
 */
import type { Follower, LoggedEvent } from "../core/event.ts";
import type { Packed } from "./parcel.ts";
import { TextRing } from "./text-ring.ts";

/** Bytes of text, some thousand messages: with so many, another page is too much. */
const ENOUGH_TEXT = 1_000_000;
/** So many, another page of a thousand and a batch that is being sent have room in so much; the last may be a long one. */
const MOST_TEXT = 3_500_000;
const MEMORY = 4_000_000;
/** What is left out of a sink has no text, but takes room too. */
const MOST_EVENTS = 20_000;

interface Kept {
  readonly packed: Packed;
  /** Where its text begins. */
  readonly at: number;
}

export class Ready {
  /** In the order of the log, with gaps. */
  private kept: readonly Kept[] = [];
  private readonly texts = new TextRing(MEMORY);
  /** Behind the last text that is committed. */
  private end = 0;

  /** Whether another page would be too much. */
  get isFull(): boolean {
    return this.end - this.begin > ENOUGH_TEXT || this.kept.length > MOST_EVENTS / 2;
  }

  /** What a transaction appends is packed at once, and is ready when all of it is committed. */
  follower(pack: (event: LoggedEvent, bytesOf: (text: string) => Uint8Array) => Packed): Follower {
    const { texts } = this;
    const kept: Kept[] = [];
    const bytesOf = (text: string) => texts.put(text);
    texts.takeBack(this.end);
    return {
      appended: (event) => {
        if (texts.used > MOST_TEXT || this.kept.length + kept.length > MOST_EVENTS) return;
        const at = texts.end;
        kept.push({ packed: pack(event, bytesOf), at });
      },
      committed: () => {
        this.kept = [...this.kept, ...kept];
        this.end = texts.end;
      },
    };
  }

  /** What was taken so far is sent: its texts are gone from now on. */
  release(): void {
    this.texts.release(this.begin);
  }

  /** Up to `most` events that follow a place without a gap. */
  take(place: number, most: number): readonly Packed[] {
    this.kept = this.kept.filter(({ packed }) => packed.seq > place);
    const taken = this.kept.slice(0, most).filter(({ packed }, index) => packed.seq === place + 1 + index);
    this.kept = this.kept.slice(taken.length);
    return taken.map(({ packed }) => packed);
  }

  /** The first place behind another from which on anything is ready. */
  get start(): number {
    return this.kept[0]?.packed.seq ?? Number.POSITIVE_INFINITY;
  }

  /** Where the first text begins that is not taken yet. */
  private get begin(): number {
    return this.kept[0]?.at ?? this.end;
  }
}
