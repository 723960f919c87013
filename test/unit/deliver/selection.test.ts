import { describe, expect, it } from "vitest";
import type { GraphRecord, RecordEvent, SourceName } from "../../../src/core/event.ts";
import { selects } from "../../../src/deliver/selection.ts";

function event(source: SourceName, record: GraphRecord, tenantId = "a"): RecordEvent {
  return { seq: 1, stream: { tenantId, source }, id: "x", revision: 1, time: 0, record };
}

describe("selects", () => {
  it("takes everything by default", () => {
    expect(selects({}, event("signIns", {}))).toBe(true);
  });

  it("takes only the tenants and sources that are named", () => {
    expect(selects({ tenantIds: ["a"] }, event("signIns", {}, "b"))).toBe(false);
    expect(selects({ sources: ["riskyUsers"] }, event("signIns", {}))).toBe(false);
    expect(selects({ tenantIds: ["a"], sources: ["signIns"] }, event("signIns", {}))).toBe(true);
  });

  it.each([
    ["high", true],
    ["medium", true],
    ["low", false],
    ["none", false],
    ["hidden", true],
    ["somethingNew", true],
    [undefined, false],
  ])("with a minimum of medium, %s gives %s", (riskLevel, expected) => {
    expect(selects({ minRiskLevel: "medium" }, event("riskDetections", { riskLevel }))).toBe(expected);
  });

  it("reads a sign-in's own risk level", () => {
    expect(
      selects({ minRiskLevel: "low" }, event("signIns", { riskLevelDuringSignIn: "low", riskLevel: "none" })),
    ).toBe(true);
  });

  it.each([
    ["none", "medium", true],
    ["medium", "none", true],
    ["Medium", "none", true],
    ["low", "low", false],
    ["none", "hidden", true],
    [null, undefined, false],
  ])("takes the higher of a sign-in's levels %s and %s", (riskLevelDuringSignIn, riskLevelAggregated, expected) => {
    const record = { riskLevelDuringSignIn, riskLevelAggregated };

    expect(selects({ minRiskLevel: "medium" }, event("signIns", record))).toBe(expected);
  });

  it.each([
    ["0", false],
    ["50126", true],
    [null, false],
  ])("takes a sign-in with the error code %j for a failed one: %s", (errorCode, expected) => {
    expect(selects({ onlyFailed: true }, event("signIns", { status: { errorCode } }))).toBe(expected);
  });

  it("with failed, leaves out successful sign-ins and nothing else", () => {
    expect(selects({ onlyFailed: true }, event("signIns", { status: { errorCode: 0 } }))).toBe(false);
    expect(selects({ onlyFailed: true }, event("signIns", { status: { errorCode: 50126 } }))).toBe(true);
    expect(selects({ onlyFailed: true }, event("signIns", { status: null }))).toBe(false);
    expect(selects({ onlyFailed: true }, event("riskyUsers", {}))).toBe(true);
  });
});
