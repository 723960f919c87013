import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Pulses } from "../../../src/core/pulse.ts";
import { Governor } from "../../../src/graph/governor.ts";
import type { Priority } from "../../../src/graph/graph-client.ts";
import type { Lane } from "../../../src/graph/lane.ts";
import { SlidingWindow } from "../../../src/graph/sliding-window.ts";

const never = new AbortController().signal;
const REPORTS = { limit: 5, lengthMs: 10_200 };

const lasting = (ms: number) => () => new Promise<void>((resolve) => setTimeout(resolve, ms));
const window = ({ limit, lengthMs } = REPORTS) => new SlidingWindow(limit, lengthMs);

/** More than `limit` of the times within any window of `lengthMs`. */
function exceeds(times: readonly number[], limit: number, lengthMs: number): boolean {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted.some((time, index) => time - (sorted[index - limit] ?? Number.NEGATIVE_INFINITY) < lengthMs);
}

/** Queues a request that notes when it starts. */
function ask(lane: Lane, priority: Priority, started: string[], signal = never): Promise<void> {
  return lane.run(priority, signal, () => {
    started.push(priority);
    return lasting(100)();
  });
}

async function runThrough(requests: readonly Promise<void>[]): Promise<void> {
  await vi.advanceTimersByTimeAsync(60_000);
  await Promise.all(requests);
}

describe("Governor", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it("keeps one request in flight per lane and its window", async () => {
    const lane = new Governor().lane(window());
    const starts: number[] = [];
    let inFlight = 0;
    const requests = Array.from({ length: 12 }, () =>
      lane.run("head", never, async () => {
        inFlight += 1;
        expect(inFlight).toBe(1);
        starts.push(performance.now());
        await lasting(200)();
        inFlight -= 1;
      }),
    );
    await vi.advanceTimersByTimeAsync(60_000);
    await Promise.all(requests);

    expect(starts).toHaveLength(12);
    expect(exceeds(starts, 5, 10_000)).toBe(false);
  });

  it("never exceeds the limit of an app over its tenants, nor that of any tenant", async () => {
    const request = fc.record({
      tenant: fc.integer({ min: 0, max: 3 }),
      afterMs: fc.integer({ min: 0, max: 400 }),
      lastsMs: fc.integer({ min: 0, max: 3_000 }),
      countedAt: fc.double({ min: 0, max: 1, noNaN: true }),
      priority: fc.constantFrom<Priority>("head", "reread", "sweep"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 30, maxLength: 80 }), async (requests) => {
        const governor = new Governor(window({ limit: 9, lengthMs: 10_200 }));
        const lanes = Array.from({ length: 4 }, () => governor.lane(window()));
        const counted: number[][] = lanes.map(() => []);
        const running: Promise<void>[] = [];
        for (const { tenant, afterMs, lastsMs, countedAt, priority } of requests) {
          await vi.advanceTimersByTimeAsync(afterMs);
          const work = async () => {
            counted[tenant]?.push(performance.now() + countedAt * lastsMs);
            await lasting(lastsMs)();
          };
          running.push(lanes[tenant]!.run(priority, never, work));
        }
        await vi.advanceTimersByTimeAsync(600_000);
        await Promise.all(running);

        expect(counted.flat()).toHaveLength(requests.length);
        expect(exceeds(counted.flat(), 9, 10_000)).toBe(false);
        for (const times of counted) expect(exceeds(times, 5, 10_000)).toBe(false);
      }),
      { numRuns: 30 },
    );
  });

  it("takes heads before re-reads before sweeps, and every fifth turn whoever waits longest", async () => {
    const lane = new Governor().lane(window({ limit: 100, lengthMs: 1 }));
    const started: string[] = [];
    const all: Promise<void>[] = [];
    const order: Priority[] = ["sweep", "sweep", "reread", "head", "head", "head", "head", "head", "head"];
    for (const priority of order) {
      all.push(ask(lane, priority, started));
      await vi.advanceTimersByTimeAsync(1);
    }
    await vi.advanceTimersByTimeAsync(10_000);
    await Promise.all(all);

    // The first sweep found nobody waiting; the fifth and the tenth turn are the shares.
    expect(started).toEqual(["sweep", "head", "head", "head", "sweep", "head", "head", "head", "reread"]);
  });

  it("lets nothing starve behind heads that never end", async () => {
    const lane = new Governor().lane(window({ limit: 1, lengthMs: 1_050 }));
    const started: string[] = [];
    const stop = new AbortController();
    const keepAsking = async () => {
      while (!stop.signal.aborted) await ask(lane, "head", started, stop.signal).catch(() => undefined);
    };
    const heads = [keepAsking(), keepAsking(), keepAsking()];
    await vi.advanceTimersByTimeAsync(10);
    const others = [ask(lane, "sweep", started), ask(lane, "reread", started)];
    await vi.advanceTimersByTimeAsync(40_000);
    stop.abort();
    await Promise.all([...heads, ...others]);

    expect(started).toContain("sweep");
    expect(started).toContain("reread");
  });

  it("serves the tenants in turn at the limit of the app, whatever one of them piles up", async () => {
    const governor = new Governor(window({ limit: 1, lengthMs: 1_000 }));
    const [busy, quiet] = [governor.lane(window()), governor.lane(window())];
    const started: string[] = [];
    const flood = Array.from({ length: 4 }, () => ask(busy, "head", started));
    await vi.advanceTimersByTimeAsync(1);
    const sweeps = [ask(quiet, "sweep", started), ask(quiet, "sweep", started)];
    await vi.advanceTimersByTimeAsync(60_000);
    await Promise.all([...flood, ...sweeps]);

    expect(started).toEqual(["head", "sweep", "head", "sweep", "head", "head"]);
  });

  it("keeps free for an announced head what the last one took, and no more", async () => {
    const lane = new Governor().lane(window());
    const started: string[] = [];
    const pages = (count: number, priority: Priority) =>
      Array.from({ length: count }, () => ask(lane, priority, started));
    await runThrough(pages(2, "head"));
    lane.expectHead(performance.now() + 8_000);
    const rereads = pages(8, "reread");
    await vi.advanceTimersByTimeAsync(8_000);
    expect(started).toEqual(["head", "head", "reread", "reread", "reread"]);

    const heads = pages(2, "head");
    await vi.advanceTimersByTimeAsync(1_000);

    expect(started.slice(5, 7)).toEqual(["head", "head"]);
    await runThrough([...rereads, ...heads]);
    expect(started).toHaveLength(12);
  });

  it("keeps nothing for long for a head that does not come, nor all of a window that is small", async () => {
    const [reports, detections] = [window(), window({ limit: 1, lengthMs: 1_050 })].map((of) =>
      new Governor().lane(of),
    );
    for (const lane of [reports!, detections!]) {
      const started: string[] = [];
      await runThrough([ask(lane, "head", started)]);
      lane.expectHead(performance.now() + 3_000);
      const rereads = Array.from({ length: 5 }, () => ask(lane, "reread", started));
      await vi.advanceTimersByTimeAsync(16_000);

      expect(started).toHaveLength(6);
      await Promise.all(rereads);
    }
  });

  it("stops waiting with the signal's reason and makes room for the next", async () => {
    const lane = new Governor().lane(window({ limit: 1, lengthMs: 1_000 }));
    const started: string[] = [];
    const stop = new AbortController();
    const first = ask(lane, "head", started);
    const leaving = ask(lane, "head", started, stop.signal);
    const next = ask(lane, "sweep", started);
    const reason = new Error("going away");
    stop.abort(reason);

    await expect(leaving).rejects.toBe(reason);
    await expect(ask(lane, "head", started, stop.signal)).rejects.toBe(reason);
    await vi.advanceTimersByTimeAsync(5_000);
    await Promise.all([first, next]);
    expect(started).toEqual(["head", "sweep"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("stands still as long as Graph asks", async () => {
    const lane = new Governor().lane(window({ limit: 100, lengthMs: 1 }));
    const first = lane.run("head", never, () => Promise.resolve(lane.throttled(7_000)));
    await vi.advanceTimersByTimeAsync(0);
    const started: string[] = [];
    const next = ask(lane, "head", started);
    expect(await first).toBe(7_000);

    await vi.advanceTimersByTimeAsync(6_900);
    expect(started).toEqual([]);
    await vi.advanceTimersByTimeAsync(300);
    expect(started).toEqual(["head"]);
    await next;
  });

  it("pauses longer with every throttled answer in a row, up to a minute, and anew after a good one", async () => {
    const lane = new Governor().lane(window());
    const pauses = Array.from({ length: 10 }, () => lane.throttled(0));
    lane.accepted();
    const afterwards = lane.throttled(0);

    for (const [index, pause] of pauses.entries()) {
      const ceiling = Math.min(60_000, 1_000 * 2 ** index);
      expect(pause).toBeGreaterThanOrEqual(ceiling / 2);
      expect(pause).toBeLessThanOrEqual(ceiling);
    }
    expect(afterwards).toBeLessThanOrEqual(1_000);
  });

  it("goes on after work that fails", async () => {
    const lane = new Governor().lane(window({ limit: 1, lengthMs: 10 }));
    const failing = lane.run("head", never, () => Promise.reject(new Error("no")));
    await expect(failing).rejects.toThrow("no");

    const started: string[] = [];
    const next = ask(lane, "head", started);
    await vi.advanceTimersByTimeAsync(1_000);
    await next;
    expect(started).toEqual(["head"]);
  });

  it("tells whoever waits how long that may take, an hour of Retry-After included", async () => {
    const lane = new Governor().lane(window({ limit: 1, lengthMs: 1_050 }));
    const pulses = new Pulses(() => performance.now());
    const overdue = new Set<string>();
    let turns = 0;
    const waiters = ["one", "two", "three", "four"].map((name) => {
      const work = async () => {
        turns += 1;
        await lasting(50_000)();
        lane.throttled(3_600_000);
      };
      return lane.run("sweep", never, work, pulses.of(name));
    });

    for (let minute = 0; turns < waiters.length; minute += 1) {
      await vi.advanceTimersByTimeAsync(60_000);
      for (const name of pulses.overdue(60_000)) overdue.add(name);
      expect(minute).toBeLessThan(300);
    }

    // Those whose turn is over: by then they tell their steps themselves, which nobody does here.
    expect([...overdue].toSorted()).toEqual(["three", "two"]);
    expect(pulses.overdue(60_000)).not.toContain("four");
    await vi.advanceTimersByTimeAsync(60_000);
    await Promise.all(waiters);
  });

  it("lets the pulse of whoever waits behind a request that never ends run out", async () => {
    const lane = new Governor().lane(window());
    const pulses = new Pulses(() => performance.now());
    void lane.run("head", never, () => new Promise(() => {}));
    void lane.run("head", never, () => Promise.resolve(), pulses.of("behind"));

    await vi.advanceTimersByTimeAsync(200_000);

    expect(pulses.overdue(60_000)).toEqual(["behind"]);
  });
});
