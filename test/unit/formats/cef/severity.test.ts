import { describe, expect, it } from "vitest";
import type { GraphRecord, SourceName } from "../../../../src/core/event.ts";
import { goldenFormat } from "../../../support/cef-golden.ts";
import { parseCef } from "../../../support/cef-line.ts";

const format = goldenFormat();

function headerOf(source: SourceName, record: GraphRecord) {
  const event = { seq: 1, stream: { tenantId: "t", source }, id: "x", revision: 1, time: 0, record };
  const [, , , , signature, name, severity] = parseCef(format.format(event, 8_000)).header;
  return { signature, name, severity: Number(severity) };
}

describe.each(["riskDetections", "riskyUsers"] as const)("%s", (source) => {
  it.each([
    ["none", "none", 1],
    ["low", "atRisk", 3],
    ["medium", "atRisk", 5],
    ["high", "atRisk", 8],
    ["hidden", "atRisk", 5],
    ["unknownFutureValue", "atRisk", 5],
    [undefined, undefined, 5],
    ["low", "confirmedCompromised", 10],
    ["high", "remediated", 2],
    ["high", "dismissed", 2],
    ["high", "confirmedSafe", 2],
    ["HIGH", "AtRisk", 8],
    ["Low", "ConfirmedCompromised", 10],
    ["constructor", "__proto__", 5],
  ])("of level %s and state %s have severity %i", (riskLevel, riskState, severity) => {
    expect(headerOf(source, { riskLevel, riskState }).severity).toBe(severity);
  });
});

describe("signIns", () => {
  const interrupted = [50055, 50058, 50072, 50074, 50076, 50079, 50097, 50125, 50140, 65001];
  it.each<[errorCode: unknown, riskLevel: string, kind: string, severity: number]>([
    ...interrupted.map((code): [number, string, string, number] => [code, "none", "interrupted", 2]),
    [0, "", "success", 1],
    [50126, "none", "failure", 3],
    [53003, "none", "failure", 4],
    [53000, "none", "failure", 4],
    [530032, "none", "failure", 4],
    [50053, "none", "failure", 4],
    [0, "low", "success", 3],
    [0, "medium", "success", 5],
    [50126, "high", "failure", 8],
    [0, "hidden", "success", 1],
    [50053, "low", "failure", 4],
    [null, "none", "unknown", 1],
    ["0", "none", "success", 1],
    ["50126", "HIGH", "failure", 8],
    ["text", "none", "unknown", 1],
  ])(
    "with error code %s and level %s are signIn.%s of severity %i",
    (errorCode, riskLevelDuringSignIn, kind, severity) => {
      const header = headerOf("signIns", { status: { errorCode }, riskLevelDuringSignIn });

      expect(header.signature).toBe(`signIn.${kind}`);
      expect(header.severity).toBe(severity);
    },
  );
});

describe("names", () => {
  it.each([
    ["unlikelyTravel", "Atypical travel"],
    ["mcasImpossibleTravel", "Impossible travel"],
    ["ATTEMPTEDPRTACCESS", "Possible attempt to access Primary Refresh Token"],
    ["generic", "Additional risk detected (premium type hidden by licence)"],
    ["someFutureType", "Risk detected"],
    ["constructor", "Risk detected"],
    [undefined, "Risk detected"],
  ])("of %s is %s", (riskEventType, name) => {
    expect(headerOf("riskDetections", { riskEventType }).name).toBe(name);
  });

  it.each([
    ["atRisk", "Risky user: at risk"],
    ["confirmedCompromised", "Risky user: confirmed compromised"],
    ["confirmedSafe", "Risky user: confirmed safe"],
    ["remediated", "Risky user: remediated"],
    ["dismissed", "Risky user: dismissed"],
    ["none", "Risky user: no risk"],
    ["someNewState", "Risky user"],
  ])("of a user who is %s is %s", (riskState, name) => {
    expect(headerOf("riskyUsers", { riskState }).name).toBe(name);
  });
});

describe("signatures", () => {
  it.each([
    ["anomalousToken", "riskDetection.anomalousToken"],
    ["a b|c=d\\e", "riskDetection.a_b_c_d_e"],
    ["CEF", "riskDetection.C_EF"],
    ["🦊", "riskDetection._"],
    ["", "riskDetection.unknown"],
    [[], "riskDetection.unknown"],
    [7, "riskDetection.7"],
    ["x".repeat(200), `riskDetection.${"x".repeat(50)}`],
  ])("of %j is %s", (riskEventType, signature) => {
    expect(headerOf("riskDetections", { riskEventType }).signature).toBe(signature);
  });
});
