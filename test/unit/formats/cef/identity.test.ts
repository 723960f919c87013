import { describe, expect, it } from "vitest";
import { goldenFormat } from "../../../support/cef-golden.ts";
import { parseCef } from "../../../support/cef-line.ts";

const format = goldenFormat();

function payloadIdOf(id: string, revision = 1): string {
  const stream = { tenantId: "t", source: "riskyUsers" } as const;
  const line = format.format({ seq: 1, stream, id, revision, time: 0, record: {} }, 8_000);
  return parseCef(line).fields.get("devicePayloadId")!;
}

describe("devicePayloadId", () => {
  it("is the id and the revision's number", () => {
    expect(payloadIdOf("c".repeat(64), 12)).toBe(`${"c".repeat(64)}@12`);
  });

  it("fits with the longest id and the largest number", () => {
    const id = "x".repeat(111);

    expect(payloadIdOf(id, Number.MAX_SAFE_INTEGER)).toBe(`${id}@${Number.MAX_SAFE_INTEGER}`);
  });

  it.each([111, 112, 128, 1_000])("keeps the number behind an id of %i characters", (length) => {
    const payloadId = payloadIdOf("x".repeat(length), Number.MAX_SAFE_INTEGER);

    expect(payloadId.length).toBeLessThanOrEqual(128);
    expect(payloadId).toMatch(/@9007199254740991$/);
  });

  it.each([
    ["too long", "x".repeat(112), `${"x".repeat(111)}y`],
    ["cleaned", "a\u0000b", "a b"],
    ["broken", "CEF", "C_EF"],
    ["trimmed", "a", "a "],
    ["escaped", "a=b", "a\\=b"],
    ["empty", "", " "],
  ])("tells ids apart that would be the same once they are %s", (_, one, other) => {
    expect(payloadIdOf(one)).not.toBe(payloadIdOf(other));
    expect(payloadIdOf(one)).toBe(payloadIdOf(one));
  });
});
