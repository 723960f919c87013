import { describe, expect, it } from "vitest";
import { type BatchSize, narrowed, widened } from "../../../src/deliver/batch-size.ts";

const LARGEST_BATCH: BatchSize = { events: 500, successes: 0 };

function afterFullBatches(size: BatchSize, count: number): BatchSize {
  let current = size;
  for (let batch = 0; batch < count; batch += 1) current = widened(current, current.events, 500);
  return current;
}

describe("the size of a batch", () => {
  it("halves down to a single event", () => {
    const sizes = [LARGEST_BATCH];
    for (let stall = 0; stall < 10; stall += 1) sizes.push(narrowed(sizes.at(-1)!));

    expect(sizes.map(({ events }) => events)).toEqual([500, 250, 125, 62, 31, 15, 7, 3, 1, 1, 1]);
  });

  it("doubles after ten full batches, never above the largest", () => {
    const small = narrowed(narrowed(LARGEST_BATCH));

    expect(afterFullBatches(small, 9).events).toBe(125);
    expect(afterFullBatches(small, 10).events).toBe(250);
    expect(afterFullBatches(small, 1_000)).toEqual(LARGEST_BATCH);
    expect(afterFullBatches({ events: 300, successes: 0 }, 10).events).toBe(500);
  });

  it("begins to count anew after a stall, and does not count a batch that is not full", () => {
    const small = narrowed(LARGEST_BATCH);

    expect(narrowed(afterFullBatches(small, 9)).successes).toBe(0);
    expect(widened(small, 249, 500)).toEqual(small);
  });
});
