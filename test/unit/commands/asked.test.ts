import { describe, expect, it } from "vitest";
import { parseTime } from "../../../src/commands/asked.ts";

const NOW = Date.parse("2026-11-25T12:00:00Z");

describe("a time of a command", () => {
  it.each([
    ["2026-11-24", "2026-11-24T00:00:00.000Z"],
    ["2026-11-24T08:30Z", "2026-11-24T08:30:00.000Z"],
    ["2026-11-24T08:30:15.5Z", "2026-11-24T08:30:15.500Z"],
    ["2026-11-24T08:30:00+02:00", "2026-11-24T06:30:00.000Z"],
    ["90m", "2026-11-25T10:30:00.000Z"],
    ["7d", "2026-11-18T12:00:00.000Z"],
  ])("%s is %s", (text, time) => {
    expect(new Date(parseTime(text, NOW) ?? 0).toISOString()).toBe(time);
  });

  it.each([
    "",
    "yesterday",
    "2026-11-24T08:30:00",
    "2026-13-01",
    "24",
    "-24h",
    "2026-11-24T08:30:00Z; rm",
    "999999999d",
    "0001-01-01",
  ])("%j is none", (text) => {
    expect(parseTime(text, NOW)).toBeUndefined();
  });
});
