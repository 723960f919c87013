/** Makes parcels for a pump: of what is ready, else of what the log has. */
import type { Follower } from "../core/event.ts";
import type { Feed } from "./feed.ts";
import { type Packed, type Parcel, type ParcelParts, pack, parcelOf } from "./parcel.ts";
import { Ready } from "./ready.ts";

export interface PackerParts extends ParcelParts {
  readonly feed: Pick<Feed, "fateOf" | "after">;
}

export class Packer {
  private readonly parts: PackerParts;
  private readonly ready = new Ready();

  constructor(parts: PackerParts) {
    this.parts = parts;
  }

  /** Whether so much is ready that another page would be too much. */
  get isFull(): boolean {
    return this.ready.isFull;
  }

  /** Packs what a transaction appends. */
  follower(): Follower {
    return this.ready.follower((event, bytesOf) => pack(event, this.parts, bytesOf));
  }

  /**
   * At most `most` events behind a place; none at the end of the log. What it answered before is gone. Throws what the
   * feed throws.
   */
  async parcel(place: number, most: number): Promise<Parcel> {
    this.ready.release();
    const packed: Packed[] = [];
    for (let at = place; packed.length < most; at = packed.at(-1)?.seq ?? place) {
      const more = await this.after(at, most - packed.length);
      packed.push(...more);
      // Whether the log has more behind that is asked when this is sent.
      if (more.length === 0 || this.ready.start === Number.POSITIVE_INFINITY) break;
    }
    return parcelOf(packed);
  }

  /** What is ready right behind a place, or what the log has until something is. */
  private async after(place: number, most: number): Promise<readonly Packed[]> {
    const ready = this.ready.take(place, most);
    if (ready.length > 0) return ready;
    const packed: Packed[] = [];
    // The records are let go of before anything is waited for: they are ten times the messages.
    for (const event of await this.parts.feed.after(place, Math.min(most, this.ready.start - place - 1))) {
      packed.push(pack(event, this.parts));
    }
    return packed;
  }
}
