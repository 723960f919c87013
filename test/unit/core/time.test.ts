import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { odataTime, parseGraphTime } from "../../../src/core/time.ts";

/** Mostly in the range of a part of a time, sometimes far out of it. */
const digits = (count: number, max: number) =>
  fc
    .oneof(fc.integer({ min: 0, max }), fc.integer({ min: 0, max: 10 ** count - 1 }))
    .map((part) => String(part).padStart(count, "0"));

describe("parseGraphTime", () => {
  it.each([
    ["2026-10-14T06:52:07Z", "2026-10-14T06:52:07.000Z"],
    ["2026-10-14T06:53:24.1Z", "2026-10-14T06:53:24.100Z"],
    ["2026-10-14T06:53:24.1000000Z", "2026-10-14T06:53:24.100Z"],
    ["2026-10-14T06:53:24.0049999Z", "2026-10-14T06:53:24.004Z"],
    ["2026-10-14T08:38:51.9005310+00:00", "2026-10-14T08:38:51.900Z"],
    ["2026-10-14T8:48:50.361Z", "2026-10-14T08:48:50.361Z"],
    ["2026-10-14T8:48", "2026-10-14T08:48:00.000Z"],
    ["2026-10-14T06:52:07Z)", "2026-10-14T06:52:07.000Z"],
    ["2026-10-14T08:52:07+02:00", "2026-10-14T06:52:07.000Z"],
  ])("reads %s", (text, expected) => {
    expect(new Date(parseGraphTime(text) ?? Number.NaN).toISOString()).toBe(expected);
  });

  it.each(["", "yesterday", "2026-13-40T99:00:00Z", "10/14/2026", null, undefined, 7, {}])(
    "does not read %s",
    (value) => {
      expect(parseGraphTime(value)).toBeUndefined();
    },
  );

  it("never rounds up and reads what odataTime writes", () => {
    const instant = fc.integer({ min: 0, max: 4_000_000_000_000 });
    fc.assert(
      fc.property(instant, fc.integer({ min: 0, max: 9999 }), (ms, ticks) => {
        const exact = odataTime(ms).replace("Z", `${String(ticks).padStart(4, "0")}Z`);
        return parseGraphTime(exact) === ms && parseGraphTime(odataTime(ms)) === ms;
      }),
    );
  });

  it("reads and refuses what Date does, of every text in its shape", () => {
    const parts = fc.tuple(digits(4, 3_000), digits(2, 13), digits(2, 32), digits(2, 25), digits(2, 61), digits(2, 61));
    const fraction = fc.option(digits(3, 999), { nil: undefined });
    fc.assert(
      fc.property(parts, fraction, ([year, month, day, hour, minute, second], ms) => {
        const text = `${year}-${month}-${day}T${hour}:${minute}:${second}${ms === undefined ? "" : `.${ms}`}Z`;

        expect(parseGraphTime(text) ?? Number.NaN).toBe(Date.parse(text));
      }),
      { numRuns: 2_000 },
    );
  });
});
