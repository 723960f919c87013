import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { retryAfterMs } from "../../../src/graph/retry-after.ts";

const DATE = "Wed, 14 Oct 2026 07:00:12 GMT";

const waitFor = (retryAfter: string | undefined, date: string | undefined = DATE) =>
  retryAfterMs({
    kind: "answer",
    status: 429,
    body: Buffer.alloc(0),
    header: (name) => (name === "retry-after" ? retryAfter : date),
    receivedAt: 0,
  });

describe("retryAfterMs", () => {
  it.each([
    ["7", 7_000],
    [" 0.5 ", 500],
    ["Wed, 14 Oct 2026 07:00:42 GMT", 30_000],
    ["Wed, 14 Oct 2026 06:00:00 GMT", 0],
    ["9999999", 3_600_000],
    ["-5", 0],
    ["soon", 0],
    ["", 0],
    [undefined, 0],
  ])("reads %s", (value, expected) => {
    expect(waitFor(value)).toBe(expected);
  });

  it("takes the host's clock where the answer has no Date", () => {
    const inAMinute = new Date(Date.now() + 60_000).toUTCString();

    expect(waitFor(inAMinute, "")).toBeGreaterThan(30_000);
    expect(waitFor(inAMinute, "")).toBeLessThanOrEqual(60_000);
  });

  it("is a number from 0 to an hour whatever the header says", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const wait = waitFor(value);
        return wait >= 0 && wait <= 3_600_000;
      }),
    );
  });
});
