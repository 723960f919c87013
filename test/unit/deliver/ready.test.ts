/** What is packed while it is appended: taken in order and once, and only what was committed. */
import { describe, expect, it } from "vitest";
import type { LoggedEvent } from "../../../src/core/event.ts";
import type { Packed } from "../../../src/deliver/parcel.ts";
import { Ready } from "../../../src/deliver/ready.ts";
import { loggedEvent } from "../../support/logged-event.ts";

/** Packs an event as a text of a length. */
const packOf =
  (length: number) =>
  ({ seq, time, received }: LoggedEvent, bytesOf: (text: string) => Uint8Array): Packed => ({
    seq,
    fate: "sent",
    received,
    message: { seq, time, source: "signIns", text: bytesOf(String(seq).padEnd(length, "x")) },
  });

function append(ready: Ready, seqs: readonly number[], length = 10): void {
  const follower = ready.follower(packOf(length));
  for (const seq of seqs) follower.appended(loggedEvent(seq));
  follower.committed();
}

const seqsOf = (packed: readonly Packed[]) => packed.map(({ seq }) => seq);
const textsOf = (packed: readonly Packed[]) => packed.map(({ message }) => Buffer.from(message?.text ?? []).toString());

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
    ready.release();
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

  it("keeps the text of what was taken until it is released, whatever comes behind it", () => {
    const ready = new Ready();
    const length = 1_200;
    for (let first = 1; first <= 30_000; first += 600) {
      const seqs = Array.from({ length: 600 }, (_, index) => first + index);
      append(ready, seqs, length);
      ready.release();
      const taken = [...ready.take(first - 1, 400), ...ready.take(first + 399, 200)];
      append(ready, [first + 5_000_000], length);

      expect(textsOf(taken)).toEqual(seqs.map((seq) => String(seq).padEnd(length, "x")));
      expect(seqsOf(ready.take(first + 4_999_999, 1))).toEqual([first + 5_000_000]);
    }
  });
});
