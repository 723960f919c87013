import { describe, expect, it } from "vitest";
import type { RecordEvent } from "../../../../src/core/event.ts";
import { goldenCases, goldenFormat } from "../../../support/cef-golden.ts";
import { parseCef } from "../../../support/cef-line.ts";

const format = goldenFormat();
const { event: detection } = goldenCases().find(({ name }) => name === "riskDetections/anonymous-ip-address")!;
const whole = format.format(detection, 8_000);
/** In the order in which they go. */
const WATCHED =
  "cs6 msg requestClientApplication reason cs4 dvchost cs3 cs2 cs1 act c6a2 suid suser externalId rt deviceExternalId devicePayloadId".split(
    " ",
  );
const wholeBytes = Buffer.byteLength(whole);

function fieldsWithin(maxBytes: number, event: RecordEvent = detection): ReadonlyMap<string, string> {
  return parseCef(format.format(event, maxBytes)).fields;
}

describe("a message that is too long", () => {
  it("is left alone when it just fits", () => {
    expect(format.format(detection, wholeBytes)).toBe(whole);
  });

  it("loses cs6 and its label first, and says what it was", () => {
    const fields = fieldsWithin(wholeBytes - 1);

    expect(fields.has("cs6")).toBe(false);
    expect(fields.has("cs6Label")).toBe(false);
    expect(fields.get("msg")).toBe('Display name: Joe "D" C_EF:0|x|y|1|forged|forged|10|suser=admin');
    expect(fields.get("cn3")).toBe(String(wholeBytes));
    expect(fields.get("cn3Label")).toBe("truncatedFrom");
  });

  it("then has its msg cut, then its user agent", () => {
    const msgCut = fieldsWithin(1_000);
    expect(msgCut.get("msg")).toMatch(/^Display name: Joe/);
    expect(msgCut.get("msg")!.length).toBeLessThan(63);
    expect(msgCut.get("requestClientApplication")).toBe("Mozilla/5.0 (a=b) act=blocked \\ x");

    const agentCut = fieldsWithin(930);
    expect(agentCut.has("msg")).toBe(false);
    expect(agentCut.get("requestClientApplication")).toMatch(/^Mozilla/);
    expect(agentCut.get("requestClientApplication")!.length).toBeLessThan(33);
    expect(agentCut.get("suser")).toBe("joe.dahl@contoso.com");
  });

  it("keeps who and which event it is about to the last", () => {
    const fields = fieldsWithin(480);

    expect(fields.get("devicePayloadId")).toBe(`${detection.id}@1`);
    expect(fields.get("deviceExternalId")).toBe(detection.stream.tenantId);
    expect(fields.get("externalId")).toBe(detection.id.slice(0, 40));
    expect(fields.get("suser")).toBe("joe.dahl@contoso.com");
  });

  it("gives its free texts up in the order of how easily they are forged, and what identifies it last", () => {
    const order: string[] = [];
    for (let maxBytes = wholeBytes; maxBytes > 150; maxBytes -= 1) {
      const fields = fieldsWithin(maxBytes, { ...detection, record: { ...detection.record, riskDetail: "other" } });
      const gone = WATCHED.filter((key) => !fields.has(key) && !order.includes(key));
      order.push(...gone);
    }

    expect(order).toEqual(WATCHED);
  });

  it("keeps the beginning of long texts while there is room for them", () => {
    const record = { ...detection.record, userPrincipalName: "🦊=\\".repeat(300), riskLevel: "x".repeat(4_000) };

    const fields = fieldsWithin(1_000, { ...detection, record });

    expect(fields.get("suser")).toMatch(/^🦊=\\🦊/u);
    expect(fields.get("cs1")).toMatch(/^x{64}/);
    expect(fields.get("act")).toBe("Detected");
    expect(fields.get("rt")).toBe("1791961506133");
  });

  it("stays within the limit at every length", () => {
    for (let maxBytes = 480; maxBytes <= wholeBytes; maxBytes += 1) {
      expect(Buffer.byteLength(format.format(detection, maxBytes))).toBeLessThanOrEqual(maxBytes);
    }
  });
});

describe("long values", () => {
  it("are cut to the dictionary's length before they are escaped", () => {
    const record = {
      ...detection.record,
      source: "=".repeat(40),
      additionalInfo: JSON.stringify([{ Key: "userAgent", Value: "🦊".repeat(5_000) }]),
    };

    const fields = fieldsWithin(60_000, { ...detection, record });

    expect(fields.get("app")).toBe("=".repeat(31));
    expect(Array.from(fields.get("requestClientApplication")!)).toHaveLength(1023);
    expect(Array.from(fields.get("cs6")!)).toHaveLength(4000);
  });
});
