import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SlidingWindow } from "../../../src/graph/sliding-window.ts";

/** A request as the network and Graph treat it: it lasts so long, and Graph counts it somewhere in between. */
const request = fc.record({
  thinkMs: fc.integer({ min: 0, max: 3_000 }),
  lastsMs: fc.integer({ min: 0, max: 8_000 }),
  countedAt: fc.double({ min: 0, max: 1, noNaN: true }),
});

describe("SlidingWindow", () => {
  it("is never exceeded as Graph sees it, however long answers take and wherever Graph counts", () => {
    fc.assert(
      fc.property(
        fc.array(request, { minLength: 20, maxLength: 120 }),
        fc.integer({ min: 1, max: 7 }),
        (requests, limit) => {
          const window = new SlidingWindow(limit, 10_000);
          const counted: number[] = [];
          const running: number[] = [];
          let now = 0;
          for (const { thinkMs, lastsMs, countedAt } of requests) {
            now += thinkMs;
            while (window.freeAt(now) > now) {
              const free = window.freeAt(now);
              const ending = Math.min(...running);
              now = Math.min(free, Math.max(ending, now));
              if (ending <= now) {
                window.end(ending);
                running.splice(running.indexOf(ending), 1);
              }
            }
            window.begin();
            running.push(now + lastsMs);
            counted.push(now + countedAt * lastsMs);
          }
          counted.sort((a, b) => a - b);
          return counted.every((time, index) => {
            const earlier = counted[index - limit];
            return earlier === undefined || time - earlier >= 10_000;
          });
        },
      ),
      { numRuns: 500 },
    );
  });

  it("lets the whole limit start at once, and the next one a window after the first ended", () => {
    const window = new SlidingWindow(2, 1_000);
    window.begin();
    window.begin();

    expect(window.freeAt(0)).toBe(Number.POSITIVE_INFINITY);

    window.end(300);
    window.end(400);

    expect(window.freeAt(500)).toBe(1_300);
    expect(window.used(1_299)).toBe(2);
    expect(window.freeAt(1_300)).toBe(1_300);
  });

  it("lets nothing start for a window where an earlier process may have used it up", () => {
    const window = new SlidingWindow(5, 1_000);

    window.fill(100);

    expect(window.used(1_099)).toBe(5);
    expect(window.freeAt(100)).toBe(1_100);
    expect(window.freeAt(1_100)).toBe(1_100);
  });
});
