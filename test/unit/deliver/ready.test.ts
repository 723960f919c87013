/** What is packed while it is appended: taken in order and once, and only what was committed. */
import { describe, expect, it } from "vitest";
import type { LoggedEvent } from "../../../src/core/event.ts";
import type { Packed } from "../../../src/deliver/parcel.ts";
import { Ready } from "../../../src/deliver/ready.ts";
import { loggedEvent } from "../../support/logged-event.ts";

/** Packs an event as a text of a length. */
const packOf =
  (length: number) =>
  ({ seq, time, received }: LoggedEvent): Packed => ({
    seq,
    fate: "sent",
    received,
    message: { seq, time, source: "signIns", text: "x".repeat(length) },
  });

function append(ready: Ready, seqs: readonly number[], length = 10): void {
  const follower = ready.follower(packOf(length));
  for (const seq of seqs) follower.appended(loggedEvent(seq));
  follower.committed();
}

const seqsOf = (packed: readonly Packed[]) => packed.map(({ seq }) => seq);

describe("what is ready", () => {
  it("follows a place without a gap, and is taken once", () => {
    const ready = new Ready();
    append(ready, [3, 4, 5]);
    append(ready, [6, 8]);

    expect(seqsOf(ready.take(2, 2))).toEqual([3, 4]);
    expect(seqsOf(ready.take(4, 10))).toEqual([5, 6]);
    expect(seqsOf(ready.take(6, 10))).toEqual([]);
    expect(ready.start).toBe(8);
    expect(seqsOf(ready.take(7, 10))).toEqual([8]);
    expect(ready.start).toBe(Number.POSITIVE_INFINITY);
  });

  it("forgets what the pump has passed, and none of what it steps back behind", () => {
    const ready = new Ready();
    append(ready, [3, 4, 5, 6]);

    expect(seqsOf(ready.take(4, 1))).toEqual([5]);
    expect(seqsOf(ready.take(2, 10))).toEqual([]);
    expect(ready.start).toBe(6);
  });

  it("has nothing of a transaction that was taken back", () => {
    const ready = new Ready();
    const undone = ready.follower(packOf(10));
    undone.appended(loggedEvent(3));
    append(ready, [3]);

    expect(seqsOf(ready.take(2, 10))).toEqual([3]);
    expect(seqsOf(ready.take(2, 10))).toEqual([]);
  });

  it("packs no more while enough is ready, and goes on behind the gap", () => {
    const ready = new Ready();
    append(ready, [3, 4, 5, 6], 900_000);

    expect(ready.isFull).toBe(true);
    expect(seqsOf(ready.take(2, 10))).toEqual([3, 4, 5]);
    expect(ready.isFull).toBe(false);
    append(ready, [7]);
    expect(ready.start).toBe(7);
  });

  it("counts what is left out too", () => {
    const ready = new Ready();
    const follower = ready.follower(({ seq, received }) => ({ seq, fate: "filtered", received }));
    for (let seq = 1; seq <= 100_000; seq += 1) follower.appended(loggedEvent(seq));
    follower.committed();

    expect(ready.take(0, 100_000).length).toBeLessThan(30_000);
  });
});
