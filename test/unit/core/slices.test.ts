import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  afterFailure,
  afterSlice,
  cutToRetention,
  FIRST_SLICE_MS,
  isOverfull,
  nextSlice,
  SMALLEST_SLICE_MS,
  split,
} from "../../../src/core/slices.ts";
import type { ReRead } from "../../../src/core/stream-state.ts";

const DAY = 86_400_000;
const NOW = Date.parse("2026-10-14T12:00:00Z");
const signIns = { coverage: "slices", maxPageSize: 1000 } as const;
const detections = { coverage: "single-page-slices", maxPageSize: 500 } as const;
const users = { coverage: "whole", maxPageSize: 500 } as const;

function row(parts: Partial<ReRead> = {}): ReRead {
  const from = NOW - DAY;
  return { id: 1, reason: "outage", from, to: NOW, position: from, sliceMs: FIRST_SLICE_MS, failures: 0, ...parts };
}

describe("slices", () => {
  it("cover a row from its start to its end without a hole, whatever they bring and however often they fail", () => {
    const answer = fc.record({ records: fc.nat(3000), fails: fc.boolean(), narrow: fc.boolean() });
    const calm = { records: 10, fails: false, narrow: false };
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 60 }), (troubled) => {
        let current = row();
        let reached = current.from;
        for (let step = 0; step < 1_000; step += 1) {
          const { records, fails, narrow } = troubled[step] ?? calm;
          const slice = nextSlice(current, signIns);
          expect(slice.from).toBe(reached);
          const change = fails
            ? afterFailure(current, narrow, signIns)
            : afterSlice(current, slice, [records], signIns);
          const setAside = change.opened?.[0]?.to ?? reached;
          reached = fails ? setAside : (slice.to ?? current.to);
          if (change.completed) return reached >= current.to;
          current = change.updated ?? current;
          expect(current.sliceMs).toBeGreaterThanOrEqual(SMALLEST_SLICE_MS);
        }
        return false;
      }),
    );
  });

  it("grow on short answers and stay on full ones", () => {
    const slice = nextSlice(row(), signIns);

    expect(afterSlice(row(), slice, [4, 6], signIns).updated?.sliceMs).toBe(2 * FIRST_SLICE_MS);
    expect(afterSlice(row(), slice, [900], signIns).updated?.sliceMs).toBe(FIRST_SLICE_MS);
    const walk = Array.from({ length: 11 }, () => 1_000);
    expect(afterSlice(row(), slice, walk, signIns).updated?.sliceMs).toBe(FIRST_SLICE_MS / 2);
  });

  it("set aside a second that cannot be read even record by record, and go on behind it", () => {
    const stuck = row({ sliceMs: SMALLEST_SLICE_MS, top: 1 });

    const change = afterFailure(stuck, true, signIns);

    expect(change.opened).toEqual([{ reason: "unreadable", from: stuck.position, to: stuck.position + 1_000 }]);
    expect(change.updated?.position).toBe(stuck.position + 1_000);
    expect(change.updated).not.toHaveProperty("top");
  });

  it("do not set aside what is set aside already", () => {
    const stuck = row({ reason: "unreadable", sliceMs: SMALLEST_SLICE_MS, top: 1 });

    expect(afterFailure(stuck, true, signIns)).toEqual({ updated: { ...stuck, failures: 1 } });
  });

  it("of a moving time are split until they fit one page, down to the smallest", () => {
    expect(isOverfull(row(), { sizes: [500], top: 500, isAtEnd: false }, detections)).toBe(true);
    expect(isOverfull(row(), { sizes: [0, 3, 0, 4], top: 500, isAtEnd: false }, detections)).toBe(true);
    expect(split(row()).sliceMs).toBe(FIRST_SLICE_MS / 2);
    expect(
      isOverfull(row({ sliceMs: SMALLEST_SLICE_MS }), { sizes: [500], top: 500, isAtEnd: false }, detections),
    ).toBe(false);
    expect(isOverfull(row(), { sizes: [1_000], top: 1_000, isAtEnd: false }, signIns)).toBe(false);
    expect(isOverfull(row(), { sizes: [500], top: 500, isAtEnd: false }, users)).toBe(false);
    expect(isOverfull(row(), { sizes: [300, 200], top: 500, isAtEnd: true }, detections)).toBe(true);
    expect(isOverfull(row(), { sizes: [500], top: 500, isAtEnd: true }, detections)).toBe(false);
  });

  it("are not split by a nextLink alone: the page behind it may be empty", () => {
    expect(isOverfull(row(), { sizes: [3], top: 500, isAtEnd: false }, detections)).toBe(false);
    expect(isOverfull(row(), { sizes: [0, 3, 0], top: 500, isAtEnd: false }, detections)).toBe(false);
  });

  it("of a state table are the whole table, with a smaller page after a failure", () => {
    expect(nextSlice(row(), users)).toEqual({});
    expect(afterFailure(row(), true, users).updated?.top).toBe(125);
    expect(afterSlice(row(), {}, [3], users).completed).toBeDefined();
  });

  it("of a table with a record that cannot be read go through it by time, and set that record aside", () => {
    const stuck = row({ top: 1, reason: "sweep", tierMs: DAY });

    const { opened = [], completed, sweeps } = afterFailure(stuck, true, users);

    expect(opened).toMatchObject([{ reason: "unreadable table", to: NOW }]);
    expect(opened[0]?.from).toBeLessThan(NOW - 3_650 * DAY);
    expect({ completed, sweeps }).toEqual({ completed: stuck, sweeps: [{ tierMs: DAY, completedTo: NOW }] });
    const table = row({ reason: "unreadable table" });
    expect(nextSlice(table, users)).toMatchObject({ from: table.position });
    const smallest = { ...table, sliceMs: SMALLEST_SLICE_MS, top: 1 };
    expect(afterFailure(smallest, true, users).opened).toMatchObject([{ reason: "unreadable" }]);
  });

  it("move a sweep's tier to where it began to read when they are complete", () => {
    const sweep = row({ reason: "sweep", tierMs: DAY, position: NOW - 1_000 });

    expect(afterSlice(sweep, nextSlice(sweep, signIns), [], signIns).sweeps).toEqual([
      { tierMs: DAY, completedTo: NOW },
    ]);
  });
});

describe("cutToRetention", () => {
  it("cuts to the longest retention first", () => {
    const old = row({ from: NOW - 40 * DAY, position: NOW - 40 * DAY });

    expect(cutToRetention(old, NOW).lost).toEqual({ from: old.position, to: NOW - 30 * DAY });
  });

  it("finds an edge wherever it is, and throws away less than an hour of what Graph still has", () => {
    fc.assert(
      fc.property(fc.integer({ min: 5 * DAY, max: 30 * DAY }), (retention) => {
        let current = row({ from: NOW - 40 * DAY, position: NOW - 40 * DAY });
        let now = NOW;
        let cuts = 0;
        while (current.position < now - retention) {
          current = cutToRetention(current, now).updated ?? current;
          now += 2_000;
          cuts += 1;
        }
        expect(current.position - (now - retention)).toBeLessThanOrEqual(3_600_000);
        expect(cuts).toBeLessThan(700);
      }),
    );
  });

  it("ends a row that lies wholly beyond", () => {
    const gone = row({ from: NOW - 40 * DAY, position: NOW - 40 * DAY, to: NOW - 35 * DAY });

    expect(cutToRetention(gone, NOW)).toEqual({ lost: { from: gone.from, to: gone.to }, completed: gone });
  });
});
