import { describe, expect, it } from "vitest";
import type { LoggedEvent } from "../../../src/core/event.ts";
import { SharedReads } from "../../../src/deliver/shared-reads.ts";
import { loggedEvent } from "../../support/logged-event.ts";

/** A log with some places that were pruned; notes how often it was read. */
function logOf(count: number, pruned: readonly number[] = []) {
  const asked: [number, number][] = [];
  const seqs = Array.from({ length: count }, (_, index) => index + 1).filter((seq) => !pruned.includes(seq));
  const after = async (seq: number, limit: number) => {
    asked.push([seq, limit]);
    return seqs
      .filter((place) => place > seq)
      .slice(0, limit)
      .map(loggedEvent);
  };
  return { asked, after };
}

const seqsOf = (events: readonly LoggedEvent[]) => events.map(({ seq }) => seq);

describe("shared reads", () => {
  it("read an event once for two sinks, and it stays the same event", async () => {
    const log = logOf(10);
    const reads = new SharedReads(log, () => true);

    const first = [...(await reads.after(0, 4))];
    const second = [...(await reads.after(0, 4))];

    expect(seqsOf(first)).toEqual([1, 2, 3, 4]);
    expect(second[0]).toBe(first[0]);
    expect(seqsOf([...(await reads.after(2, 4))])).toEqual([3, 4]);
    expect(seqsOf([...(await reads.after(4, 4))])).toEqual([5, 6, 7, 8]);
    expect(log.asked).toEqual([
      [0, 4],
      [4, 4],
    ]);
  });

  it("ask the log wherever a place is empty, for more may have come since", async () => {
    const log = logOf(6, [3]);
    const reads = new SharedReads(log, () => true);
    await reads.after(0, 6);

    expect(seqsOf([...(await reads.after(0, 6))])).toEqual([1, 2]);
    expect(seqsOf([...(await reads.after(2, 6))])).toEqual([4, 5, 6]);
    expect(seqsOf([...(await reads.after(6, 6))])).toEqual([]);
    expect(log.asked).toEqual([
      [0, 6],
      [2, 6],
      [6, 6],
    ]);
  });

  it("forget what lies far behind, and everything while there is one sink", async () => {
    const log = logOf(3_000);
    let isShared = true;
    const reads = new SharedReads(log, () => isShared);
    for (let seq = 0; seq < 3_000; seq += 500) await reads.after(seq, 500);
    expect(log.asked).toHaveLength(6);

    await reads.after(0, 500);
    await reads.after(2_500, 500);
    expect(log.asked).toHaveLength(7);

    isShared = false;
    await reads.after(2_500, 500);
    isShared = true;
    await reads.after(2_500, 500);
    expect(log.asked).toHaveLength(9);
  });
});
