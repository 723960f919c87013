/** The line in `systemctl status`. */
import { describe, expect, it } from "vitest";
import { summaryOf } from "../../../src/core/summary.ts";

describe("the summary", () => {
  it("counts streams and sinks by their condition, the good first", () => {
    expect(summaryOf(["blocked", "working", "resting", "working"], ["waiting"], false)).toBe(
      "streams: 2 working, 1 blocked, 1 resting; sinks: 1 waiting",
    );
  });

  it("says that polling is paused", () => {
    expect(summaryOf(["working"], [], true)).toBe("streams: 1 working; sinks: none; event log full, polling is paused");
  });
});
