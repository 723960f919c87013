import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  afterFailure,
  afterSlice,
  cutToRetention,
  FIRST_SLICE_MS,
  mustSplit,
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
          const change = fails ? afterFailure(current, narrow, signIns) : afterSlice(current, slice, records, signIns);
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

    expect(afterSlice(row(), slice, 10, signIns).updated?.sliceMs).toBe(2 * FIRST_SLICE_MS);
    expect(afterSlice(row(), slice, 900, signIns).updated?.sliceMs).toBe(FIRST_SLICE_MS);
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
    expect(mustSplit(row(), detections)).toBe(true);
    expect(split(row()).sliceMs).toBe(FIRST_SLICE_MS / 2);
    expect(mustSplit(row({ sliceMs: SMALLEST_SLICE_MS }), detections)).toBe(false);
    expect(mustSplit(row(), signIns)).toBe(false);
  });

  it("of a state table are the whole table, with a smaller page after a failure", () => {
    expect(nextSlice(row(), users)).toEqual({});
    expect(afterFailure(row(), true, users).updated?.top).toBe(125);
    expect(afterSlice(row(), {}, 3, users).completed).toBeDefined();
  });

  it("move a sweep's tier to where it began to read when they are complete", () => {
    const sweep = row({ reason: "sweep", tierMs: DAY, position: NOW - 1_000 });

    expect(afterSlice(sweep, nextSlice(sweep, signIns), 0, signIns).sweeps).toEqual([
      { tierMs: DAY, completedTo: NOW },
    ]);
  });
});

describe("cutToRetention", () => {
  it("cuts to the next retention that Graph may have and reports the span", () => {
    const old = row({ from: NOW - 40 * DAY, position: NOW - 40 * DAY });

    const first = cutToRetention(old, NOW);

    expect(first.lost).toEqual({ from: old.position, to: NOW - 30 * DAY + 60_000 });
    const second = cutToRetention(first.updated ?? old, NOW);
    expect(second.lost).toEqual({ from: NOW - 30 * DAY + 60_000, to: NOW - 7 * DAY + 60_000 });
  });

  it("ends a row that lies wholly beyond", () => {
    const gone = row({ from: NOW - 40 * DAY, position: NOW - 40 * DAY, to: NOW - 35 * DAY });

    expect(cutToRetention(gone, NOW)).toEqual({ lost: { from: gone.from, to: gone.to }, completed: gone });
  });
});
