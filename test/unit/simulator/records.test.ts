import { describe, expect, it } from "vitest";
import { SOURCE_NAMES } from "../../../src/core/event.ts";
import { RecordFactory } from "../../../src/simulator/records.ts";

const AT = Date.parse("2026-10-14T06:53:24.004Z");

describe("invented records", () => {
  it("are the same for the same seed", () => {
    const [one, two, other] = [new RecordFactory(1), new RecordFactory(1), new RecordFactory(2)];

    for (const source of SOURCE_NAMES) {
      const record = one.invent(source, AT);
      expect(two.invent(source, AT)).toEqual(record);
      expect(other.invent(source, AT)).not.toEqual(record);
    }
  });

  it("have the sizes of real sign-ins", () => {
    const factory = new RecordFactory(3);
    const sizes = Array.from({ length: 2_000 }, () => JSON.stringify(factory.invent("signIns", AT)).length);

    expect(Math.min(...sizes)).toBeGreaterThan(2_000);
    expect(Math.max(...sizes)).toBeGreaterThan(12_000);
    expect(Math.max(...sizes)).toBeLessThan(20_000);
  });

  it("go through every risk event type, with additionalInfo that can be read", () => {
    const factory = new RecordFactory(4);
    const detections = Array.from({ length: 26 }, () => factory.invent("riskDetections", AT));

    expect(new Set(detections.map(({ riskEventType }) => riskEventType)).size).toBe(26);
    for (const { additionalInfo } of detections) expect(JSON.parse(String(additionalInfo))).toBeInstanceOf(Array);
  });

  it("have unique ids and the asked time", () => {
    const factory = new RecordFactory(5);
    const records = Array.from({ length: 500 }, () => factory.invent("signIns", AT));

    expect(new Set(records.map(({ id }) => id)).size).toBe(500);
    expect(records[0]).toMatchObject({ createdDateTime: "2026-10-14T06:53:24Z" });
    expect(factory.invent("riskyUsers", AT)["riskLastUpdatedDateTime"]).toMatch(/^2026-10-14T06:53:24\.004\d{0,4}Z$/);
  });

  it("use only addresses and domains that belong to nobody", () => {
    const factory = new RecordFactory(6);

    for (let count = 0; count < 500; count += 1) {
      const { ipAddress, userPrincipalName } = factory.invent("signIns", AT);
      expect(ipAddress).toMatch(/^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+$|^2001:db8:/);
      expect(userPrincipalName).toMatch(/^[a-z.]+\d+@(contoso|fabrikam)\.com$/);
    }
  });

  it("can be hostile or sparse, and take changes", () => {
    const factory = new RecordFactory(7);

    const hostile = factory.invent("signIns", AT, { variant: "hostile" });
    const sparse = factory.invent("signIns", AT, { variant: "sparse", changes: { id: "mine" } });

    expect(JSON.stringify(hostile)).toContain("CEF:0|Fake|Fake");
    expect(String(hostile["userAgent"])).toContain("\r\n");
    expect(sparse).toMatchObject({ id: "mine", userId: "", status: null, riskEventTypes_v2: null });
  });
});
