import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { headStart, isBehind, nextReRead, planHead, planSweeps, type ReadingSettings } from "../../../src/core/plan.ts";
import type { ReRead, StreamState } from "../../../src/core/stream-state.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.parse("2026-10-14T12:00:00Z");
const stream = { tenantId: "t", source: "signIns" } as const;
const settings: ReadingSettings = {
  everyMs: MINUTE,
  backfillMs: DAY,
  overlapMs: 2 * MINUTE,
  sweeps: [
    { everyMs: 10 * MINUTE, lengthMs: 30 * MINUTE },
    { everyMs: DAY, lengthMs: 2 * DAY },
  ],
};

function state(parts: Partial<StreamState>): StreamState {
  return { stream, born: NOW, rereads: [], sweeps: [], ...parts };
}

const upToDate = (now: number) => [
  { tierMs: 30 * MINUTE, completedTo: now },
  { tierMs: 2 * DAY, completedTo: now },
];

describe("planHead and planSweeps", () => {
  it("anchors the first start at the time of set-up, not at the time of consent", () => {
    const change = planHead(state({ born: NOW - 3 * DAY }), { graph: NOW, host: NOW }, settings, 0);

    expect(change?.mark).toBe(NOW);
    expect(change?.opened).toEqual([{ reason: "first start", from: NOW - 4 * DAY, to: NOW }]);
  });

  it.each([-HOUR, HOUR])("corrects a host clock that is off by %d ms", (offset) => {
    const change = planHead(state({ born: NOW + offset }), { graph: NOW, host: NOW + offset }, settings, 0);

    expect(change?.opened).toEqual([{ reason: "first start", from: NOW - DAY, to: NOW }]);
  });

  it("opens nothing while the head and the sweeps are on time", () => {
    const current = state({ mark: NOW - MINUTE, sweeps: upToDate(NOW - MINUTE) });

    expect(planHead(current, { graph: NOW, host: NOW }, settings, 0)).toBeUndefined();
    expect(planSweeps(current, NOW, settings.sweeps)).toBeUndefined();
  });

  it("turns an outage into a re-read of the gap and of what the longest sweep still owed", () => {
    const current = state({ mark: NOW - 5 * HOUR, sweeps: upToDate(NOW - 20 * HOUR) });

    const change = planHead(current, { graph: NOW, host: NOW }, settings, 0);

    expect(change?.mark).toBe(NOW);
    expect(change?.opened).toEqual([{ reason: "outage", from: NOW - 20 * HOUR - 2 * DAY, to: NOW }]);
    expect(change?.sweeps).toEqual(upToDate(NOW));
  });

  it("hands an unreadable head to a re-read, and makes that one longer when it happens again", () => {
    const current = state({ mark: NOW - MINUTE, sweeps: upToDate(NOW) });
    const moved = { ...current, mark: NOW, rereads: [row({ reason: "unreadable head" })] };

    expect(planHead(current, { graph: NOW, host: NOW }, settings, 1)).toBeUndefined();
    expect(planHead(current, { graph: NOW, host: NOW }, settings, 2)).toEqual({
      mark: NOW,
      opened: [{ reason: "unreadable head", from: NOW - 3 * MINUTE, to: NOW }],
    });
    expect(planHead(moved, { graph: NOW + MINUTE, host: NOW }, settings, 3)).toMatchObject({
      mark: NOW + MINUTE,
      updated: { id: 1, to: NOW + MINUTE },
    });
  });

  it("reads the head from the overlap on, but not what a re-read has because it cannot be read", () => {
    const at = (...rereads: ReRead[]) => headStart(state({ mark: NOW, rereads }), settings) - NOW;

    expect(at()).toBe(-2 * MINUTE);
    expect(at(row({}))).toBe(-2 * MINUTE);
    expect(at(row({ reason: "unreadable head" }))).toBe(0);
    expect(at(row({ reason: "unreadable", to: NOW - MINUTE }))).toBe(-MINUTE);
    expect(at(row({ reason: "unreadable", to: NOW + DAY }))).toBe(0);
  });

  it("leaves an outage to a row of its own where the open one waits for a record that cannot be read", () => {
    const unreadable = row({ reason: "unreadable", to: NOW - 5 * HOUR });

    const change = planHead(
      state({ mark: NOW - 5 * HOUR, rereads: [unreadable] }),
      { graph: NOW, host: NOW },
      settings,
      0,
    );

    expect(change?.updated).toBeUndefined();
    expect(change?.opened).toMatchObject([{ reason: "outage" }]);
  });

  it("makes the open re-read longer in place of opening one for each hour that a stream is parked", () => {
    let current = state({ mark: NOW, sweeps: upToDate(NOW), rereads: [row({ from: NOW - DAY, position: NOW - DAY })] });
    for (let hour = 2; hour <= 60; hour += 2) {
      const graph = NOW + hour * HOUR;
      const change = planHead(current, { graph, host: graph }, settings, 0);
      expect(change?.opened).toBeUndefined();
      current = { ...current, mark: change?.mark ?? NOW, rereads: change?.updated ? [change.updated] : [] };
    }

    expect(current.rereads).toMatchObject([{ to: NOW + 60 * HOUR }]);
    expect(current.rereads[0]?.position).toBeLessThanOrEqual(NOW - 2 * DAY);
  });

  it("forgets tiers that are no longer configured", () => {
    const sweeps = [...upToDate(NOW - 2 * HOUR), { tierMs: 99, completedTo: NOW - 90 * DAY }];

    const change = planHead(state({ mark: NOW - 2 * HOUR, sweeps }), { graph: NOW, host: NOW }, settings, 0);

    expect(change?.opened?.[0]?.from).toBe(NOW - 2 * HOUR - 2 * DAY);
  });

  it("takes a mark in the future back and reads again what it may have skipped", () => {
    const change = planHead(state({ mark: NOW + HOUR, sweeps: upToDate(NOW) }), { graph: NOW, host: NOW }, settings, 0);

    expect(change).toMatchObject({ mark: NOW, opened: [{ from: NOW - 2 * DAY, to: NOW }] });
  });

  it("opens a due sweep from the end of the last completed one minus its length", () => {
    const sweeps = [{ tierMs: 30 * MINUTE, completedTo: NOW - 25 * MINUTE }, ...upToDate(NOW).slice(1)];

    const change = planSweeps(state({ mark: NOW, sweeps }), NOW, settings.sweeps);

    expect(change).toEqual({
      opened: [{ reason: "sweep", from: NOW - 55 * MINUTE, to: NOW, tierMs: 30 * MINUTE }],
    });
  });

  it("takes back a completed sweep in the future: one wrong clock must not end all sweeps until then", () => {
    const sweeps = upToDate(NOW + 20 * DAY);

    const change = planSweeps(state({ mark: NOW, sweeps }), NOW, settings.sweeps);

    expect(change).toEqual({ opened: [], sweeps: upToDate(NOW) });
    const later = NOW + 10 * MINUTE;
    expect(planSweeps(state({ mark: NOW, sweeps: upToDate(NOW) }), later, settings.sweeps)?.opened).toHaveLength(1);
  });

  it("does not open a second sweep of a tier that is still open", () => {
    const rereads = [row({ reason: "sweep", tierMs: 30 * MINUTE })];
    const sweeps = [{ tierMs: 30 * MINUTE, completedTo: NOW - DAY }, ...upToDate(NOW).slice(1)];

    expect(planSweeps(state({ mark: NOW, sweeps, rereads }), NOW, settings.sweeps)).toBeUndefined();
  });

  it("leaves no instant uncovered, whatever the gaps between its calls", () => {
    const gaps = fc.array(fc.integer({ min: 1_000, max: 3 * DAY }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(gaps, (waits) => {
        let current = state({});
        let now = NOW;
        const covered: [number, number][] = [];
        for (const wait of [0, ...waits]) {
          now += wait;
          const change = planHead(current, { graph: now, host: now }, settings, 0);
          for (const { from, to } of change?.opened ?? []) covered.push([from, to]);
          current = {
            ...current,
            ...(change?.mark ? { mark: change.mark } : {}),
            sweeps: change?.sweeps ?? current.sweeps,
          };
          covered.push([(current.mark ?? now) - settings.overlapMs, now]);
          current = { ...current, mark: now };
        }
        return isCovered(covered, NOW - DAY, now);
      }),
    );
  });
});

const isReady = () => true;

describe("isBehind", () => {
  it.each([
    ["first start", true],
    ["outage", true],
    ["backfill", true],
    ["sweep", false],
    ["unreadable", false],
    ["audit", false],
    ["repair", false],
  ] as const)("with an open re-read (%s): %s", (reason, expected) => {
    expect(isBehind(state({ mark: NOW, rereads: [row({ reason })] }))).toBe(expected);
  });
});

describe("nextReRead", () => {
  it("takes what is about to leave Graph's retention first, sweeps last", () => {
    const sweep = row({ id: 1, reason: "sweep", position: NOW - HOUR });
    const outage = row({ id: 2, position: NOW - 2 * DAY });
    const leaving = row({ id: 3, position: NOW - 29.5 * DAY });

    expect(nextReRead([sweep, outage, leaving], NOW, isReady)?.id).toBe(3);
    expect(nextReRead([sweep, outage], NOW, isReady)?.id).toBe(2);
    expect(nextReRead([row({ id: 4, reason: "audit", position: 0 }), sweep], NOW, isReady)?.id).toBe(1);
  });

  it("leaves out rows that wait", () => {
    expect(nextReRead([row({})], NOW, () => false)).toBeUndefined();
  });
});

function row(parts: Partial<ReRead>): ReRead {
  return { id: 1, reason: "outage", from: 0, to: NOW, position: 0, sliceMs: HOUR, failures: 0, ...parts };
}

function isCovered(spans: readonly [number, number][], from: number, to: number): boolean {
  let reached = from;
  for (const [start, end] of spans.toSorted((a, b) => a[0] - b[0])) {
    if (start > reached) return false;
    reached = Math.max(reached, end);
  }
  return reached >= to;
}
