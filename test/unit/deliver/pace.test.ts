import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Pace } from "../../../src/deliver/pace.ts";

/** A batch as a loop and the network treat it; each of its messages is counted somewhere while it is under way. */
const batch = fc.record({
  thinkMs: fc.integer({ min: 0, max: 400 }),
  size: fc.double({ min: 0, max: 1, noNaN: true }),
  lastsMs: fc.integer({ min: 0, max: 1_500 }),
  countedAt: fc.double({ min: 0, max: 1, noNaN: true }),
});

interface Ending {
  readonly messages: number;
  readonly end: number;
}

/** Ends what is over, in order. */
function endUntil(now: number, running: Ending[], pace: Pace): void {
  for (const ending of running.toSorted((one, other) => one.end - other.end)) {
    if (ending.end > now) return;
    pace.end(ending.messages, ending.end);
    running.splice(running.indexOf(ending), 1);
  }
}

describe("Pace", () => {
  it("is kept in every second as the collector sees it, however many loops share it and however long batches take", () => {
    fc.assert(
      fc.property(
        fc.array(batch, { minLength: 10, maxLength: 60 }),
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 60 }),
        (batches, limit, largest) => {
          const pace = new Pace(limit, largest);
          const counted: number[] = [];
          const running: Ending[] = [];
          let now = 0;
          for (const { thinkMs, size, lastsMs, countedAt } of batches) {
            now += thinkMs;
            endUntil(now, running, pace);
            for (let wait = pace.waitMs(now); wait > 0; wait = pace.waitMs(now)) {
              now += wait;
              endUntil(now, running, pace);
            }
            const messages = Math.max(1, Math.ceil(size * pace.maxBatch));
            pace.begin(messages);
            running.push({ messages, end: now + lastsMs });
            for (let message = 0; message < messages; message += 1) counted.push(now + countedAt * lastsMs);
          }
          counted.sort((a, b) => a - b);
          return counted.every((time, index) => {
            const earlier = counted[index - limit];
            return earlier === undefined || time - earlier >= 1_000;
          });
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    { limit: 1, largest: 500, maxBatch: 1 },
    { limit: 7, largest: 500, maxBatch: 1 },
    { limit: 100, largest: 500, maxBatch: 25 },
    { limit: 2_400, largest: 500, maxBatch: 480 },
    { limit: 100_000, largest: 500, maxBatch: 500 },
    { limit: 100_000, largest: 1, maxBatch: 1 },
  ])("has batches of $maxBatch for $limit messages a second and a sink that takes $largest", (sample) => {
    expect(new Pace(sample.limit, sample.largest).maxBatch).toBe(sample.maxBatch);
  });

  it("lets a whole second's messages go at once, and the next ones a second after the first batch has ended", () => {
    const pace = new Pace(100, 500);
    for (const end of [10, 20, 30, 40]) {
      expect(pace.waitMs(0)).toBe(0);
      pace.begin(25);
      pace.end(25, end);
    }

    expect(pace.waitMs(40)).toBe(970);
    expect(pace.waitMs(1_010)).toBe(0);
  });

  it("asks again soon while what has room depends on a batch under way", () => {
    const pace = new Pace(1, 500);
    pace.begin(1);

    expect(pace.waitMs(0)).toBeGreaterThan(0);
    expect(pace.waitMs(60_000)).toBeLessThan(1_000);
  });

  it("lets small batches of one loop not keep back the large ones of another", () => {
    const pace = new Pace(100, 500);
    for (let sent = 0; pace.waitMs(0) === 0; sent += 1) {
      pace.begin(1);
      pace.end(1, sent);
    }

    // 76 went: the last quarter is for whoever comes first.
    expect(pace.waitMs(100)).toBe(900);
  });
});
