/** Parcels of what is ready and of what only the log has, joined in the log's order. */
import { describe, expect, it } from "vitest";
import { Packer } from "../../../src/deliver/packer.ts";
import { loggedEvent } from "../../support/logged-event.ts";

/** A log of so many events, and a packer that was told of some of them while they were appended. */
function scene(length: number, isTold: (seq: number) => boolean) {
  const log = Array.from({ length }, (_, index) => loggedEvent(index + 1));
  const reads: number[] = [];
  const after = async (place: number, limit: number) => {
    const found = log.filter(({ seq }) => seq > place).slice(0, limit);
    reads.push(...found.map(({ seq }) => seq));
    return found;
  };
  const format = { type: "test", format: ({ id }: { id: string }) => id };
  const packer = new Packer({ feed: { fateOf: () => "sent", after }, format, sink: { maxTextBytes: 100 } });
  const follower = packer.follower();
  for (const event of log.filter(({ seq }) => isTold(seq))) follower.appended(event);
  follower.committed();
  const parcel = async (place: number, most: number) => {
    const { examined, messages } = await packer.parcel(place, most);
    expect(messages.map(({ seq }) => seq)).toEqual(examined.map(({ seq }) => seq));
    return examined.map(({ seq }) => seq);
  };
  return { parcel, reads };
}

const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe("the packer", () => {
  it("fills a batch over every gap, and reads from the log what is in the gaps alone", async () => {
    const { parcel, reads } = scene(101, (seq) => seq % 2 === 0);

    expect(await parcel(0, 80)).toEqual(upTo(80));
    expect(await parcel(80, 80)).toEqual(upTo(100, 81));
    expect(await parcel(100, 80)).toEqual([101]);
    expect(await parcel(101, 80)).toEqual([]);
    expect(reads).toEqual(upTo(101).filter((seq) => seq % 2 === 1));
  });

  it("begins with the log where something was appended before it was told of any, and goes back to it", async () => {
    const { parcel, reads } = scene(20, (seq) => seq > 10);

    expect(await parcel(0, 500)).toEqual(upTo(20));
    expect(reads).toEqual(upTo(10));
    expect(await parcel(4, 500)).toEqual(upTo(20, 5));
  });

  it("takes events for ready ones where those before them were pruned", async () => {
    const { parcel } = scene(20, (seq) => seq > 10);

    expect(await parcel(15, 500)).toEqual(upTo(20, 16));
  });
});
