import { describe, expect, it } from "vitest";
import { CATALOGUE } from "../../../src/simulator/catalogue.ts";
import { formatTicks, ticksOf } from "../../../src/simulator/clock.ts";
import { RecordFactory } from "../../../src/simulator/records.ts";
import { Simulator } from "../../../src/simulator/simulator.ts";
import { CREDENTIAL, TENANT, world } from "./client.ts";

const records = new RecordFactory(7);
const now = Date.now();

function revisions(simulator: Simulator): number[] {
  return simulator.ledger.map(({ revision }) => revision);
}

describe("ledger", () => {
  it("numbers the revisions of a detection and counts one that goes back", () => {
    const simulator = new Simulator({ tenants: [CREDENTIAL] });
    const id = "d1";

    simulator.show(TENANT, "riskDetections", records.invent("riskDetections", now, { changes: { id } }));
    simulator.revise(TENANT, "riskDetections", id, { riskState: "dismissed" });
    simulator.revise(TENANT, "riskDetections", id, { riskState: "atRisk" });

    expect(revisions(simulator)).toEqual([1, 2, 3]);
  });

  it("does not count a sign-in that goes back to an earlier state", () => {
    const simulator = new Simulator({ tenants: [CREDENTIAL] });
    const id = "s1";

    simulator.show(TENANT, "signIns", records.invent("signIns", now, { changes: { id, riskState: "none" } }));
    simulator.revise(TENANT, "signIns", id, { riskState: "atRisk" });
    simulator.revise(TENANT, "signIns", id, { riskState: "none" });
    simulator.revise(TENANT, "signIns", id, { riskState: "remediated" });

    expect(revisions(simulator)).toEqual([1, 2, 3]);
  });

  it.each([
    ["signIns", { userDisplayName: "Someone Else", appliedConditionalAccessPolicies: [] }],
    ["riskDetections", { detectionTimingType: "offline", requestId: null }],
    ["signIns", { riskEventTypes: null, riskEventTypes_v2: undefined }],
  ] as const)("does not count a change of %s that is no news", (source, changes) => {
    const simulator = new Simulator({ tenants: [CREDENTIAL] });

    const nothing = { riskEventTypes: [], riskEventTypes_v2: [] };
    simulator.show(TENANT, source, records.invent(source, now, { changes: { id: "x", ...nothing } }));
    simulator.revise(TENANT, source, "x", changes);

    expect(revisions(simulator)).toEqual([1]);
  });

  it("counts every change of a risky user, because its change time is news", () => {
    const simulator = new Simulator({ tenants: [CREDENTIAL] });

    simulator.show(TENANT, "riskyUsers", records.invent("riskyUsers", now, { changes: { id: "u" } }));
    simulator.revise(TENANT, "riskyUsers", "u", { isProcessing: true });

    expect(revisions(simulator)).toEqual([1, 2]);
  });

  it("does not count a detection that goes back while its change time stands still", () => {
    const simulator = new Simulator({ tenants: [CREDENTIAL] });
    const lastUpdatedDateTime = "2026-10-14T07:07:16.894689Z";
    const record = records.invent("riskDetections", now, { changes: { id: "d", lastUpdatedDateTime } });
    const { riskLevel } = record;

    simulator.show(TENANT, "riskDetections", record);
    simulator.revise(TENANT, "riskDetections", "d", { riskLevel: "hidden", lastUpdatedDateTime });
    simulator.revise(TENANT, "riskDetections", "d", { riskLevel, lastUpdatedDateTime });

    expect(revisions(simulator)).toEqual([1, 2]);
  });

  it("does not count a detection whose change time goes back", () => {
    const simulator = new Simulator({ tenants: [CREDENTIAL] });

    simulator.show(TENANT, "riskDetections", records.invent("riskDetections", now, { changes: { id: "d" } }));
    const past = { riskLevel: "hidden", lastUpdatedDateTime: "2020-01-01T00:00:00Z" };
    simulator.revise(TENANT, "riskDetections", "d", past);

    expect(revisions(simulator)).toEqual([1]);
  });

  it("tells when a record became visible on Graph's clock, and what was said to be late", () => {
    const clockOffsetMs = -3_600_000;
    const simulator = new Simulator({ tenants: [CREDENTIAL], clockOffsetMs });
    const before = Date.now() + clockOffsetMs;

    simulator.show(TENANT, "signIns", records.invent("signIns", now), { late: true });

    const [entry] = simulator.ledger;
    expect(entry).toMatchObject({ tenantId: TENANT, source: "signIns", late: true });
    expect(entry?.visibleAt).toBeGreaterThanOrEqual(before);
    expect(entry?.visibleAt).toBeLessThanOrEqual(Date.now() + clockOffsetMs);
  });

  it("moves the change time at every revision, also of a record from the future", async () => {
    const { simulator, page, list } = await world();
    const future = "2047-10-14T07:07:16.8946891Z";
    simulator.show(
      TENANT,
      "riskyUsers",
      records.invent("riskyUsers", now, { changes: { id: "u", riskLastUpdatedDateTime: future } }),
    );

    simulator.revise(TENANT, "riskyUsers", "u", { riskState: "dismissed" });

    const { value } = await page(list("riskyUsers"));
    expect(ticksOf(value[0]?.["riskLastUpdatedDateTime"])).toBe((ticksOf(future) ?? 0) + 10_000);
  });

  it("refuses to show an id twice, a record without one, and to revise what is not visible", () => {
    const simulator = new Simulator({ tenants: [CREDENTIAL] });
    const record = records.invent("signIns", now);
    simulator.show(TENANT, "signIns", record);

    expect(() => simulator.show(TENANT, "signIns", record)).toThrow("already visible");
    expect(() => simulator.show(TENANT, "signIns", { ...record, id: null })).toThrow("needs an id");
    expect(() => simulator.revise(TENANT, "signIns", "unknown", {})).toThrow("not visible");
    expect(() => simulator.show("another", "signIns", record)).toThrow("no tenant");
  });
});

describe("ticks", () => {
  it.each([
    ["2026-10-14T06:53:24Z", "2026-10-14T06:53:24Z"],
    ["2026-10-14T06:53:24.1000000Z", "2026-10-14T06:53:24.1Z"],
    ["2026-10-14T06:53:24.0042317Z", "2026-10-14T06:53:24.0042317Z"],
    ["2019-12-31T23:59:59.9999999Z", "2019-12-31T23:59:59.9999999Z"],
  ])("writes %s as %s", (given, expected) => {
    expect(formatTicks(ticksOf(given) ?? Number.NaN)).toBe(expected);
  });

  it("tells two times apart that differ by 100 ns", () => {
    expect((ticksOf("2026-10-14T06:53:24.0042318Z") ?? 0) - (ticksOf("2026-10-14T06:53:24.0042317Z") ?? 0)).toBe(1);
  });
});

describe("catalogue", () => {
  it("watches only properties that exist", () => {
    for (const { timeFilters, textFilters, otherProperties, newsProperties } of Object.values(CATALOGUE)) {
      expect([...timeFilters, ...textFilters, ...otherProperties]).toEqual(expect.arrayContaining([...newsProperties]));
    }
  });
});
