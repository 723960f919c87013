import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextSlot, startOffset } from "../../../src/ingest/slots.ts";

const MINUTE = 60_000;

describe("nextSlot", () => {
  it.each([45_000, 90_000, 7 * MINUTE, 24 * 60 * MINUTE])("runs every %d ms as written, without drift", (every) => {
    const starts: number[] = [];
    let due = 500;
    for (let tick = 0; starts.length < 20; tick += 1_003) {
      if (tick < due) continue;
      starts.push(due);
      due = nextSlot(500, every, tick);
    }

    expect(starts).toEqual(starts.map((_, index) => 500 + index * every));
  });

  it("lies after now and on the grid, and skips what was missed", () => {
    const interval = fc.integer({ min: 10_000, max: 86_400_000 });
    fc.assert(
      fc.property(fc.nat(1_000), interval, fc.nat(1_000_000_000), (first, every, now) => {
        const slot = nextSlot(first, every, now);
        return (slot > now || slot === first) && (slot - first) % every === 0 && slot - now <= Math.max(every, first);
      }),
    );
  });
});

describe("startOffset", () => {
  it("spreads streams over their interval and lets a few start almost at once", () => {
    expect([0, 1, 2].map((index) => startOffset(index, 3, MINUTE))).toEqual([0, 250, 500]);
    expect(startOffset(2_999, 3_000, MINUTE)).toBeLessThan(MINUTE);
  });
});
