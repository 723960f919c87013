/** Details of the mappings that no golden case shows. */
import { describe, expect, it } from "vitest";
import type { GraphRecord } from "../../../../src/core/event.ts";
import { createFormat } from "../../../../src/formats/registry.ts";
import { parseCef } from "../../../support/cef-line.ts";

const hostname = "h".repeat(200);
const format = createFormat(
  { type: "cef", hardEquals: false, spaceAfterHeader: false },
  { version: "1.0.0", hostname },
);

function lineOf(source: "riskDetections" | "riskyUsers", record: GraphRecord) {
  const stream = { tenantId: "t", source } as const;
  return parseCef(format.format({ seq: 1, stream, id: "x", revision: 1, time: 0, record }, 8_000));
}

describe("the name of a risk event type", () => {
  it.each([
    ["anonymizedIPAddress", "Anonymous IP address"],
    ["unlikelyTravel", "Atypical travel"],
    ["impossibleTravel", "Impossible travel"],
    ["mcasImpossibleTravel", "Impossible travel"],
    ["unfamiliarFeatures", "Unfamiliar sign-in properties"],
    ["leakedCredentials", "Leaked credentials"],
    ["maliciousIPAddress", "Malicious IP address"],
    ["malwareInfectedIPAddress", "Malware linked IP address"],
    ["suspiciousIPAddress", "Suspicious IP address"],
    ["passwordSpray", "Password spray"],
    ["anomalousToken", "Anomalous token"],
    ["tokenIssuerAnomaly", "Token issuer anomaly"],
    ["suspiciousBrowser", "Suspicious browser"],
    ["newCountry", "New country"],
    ["riskyIPAddress", "Activity from anonymous IP address"],
    ["mcasSuspiciousInboxManipulationRules", "Suspicious inbox manipulation rules"],
    ["suspiciousInboxForwarding", "Suspicious inbox forwarding"],
    ["suspiciousSendingPatterns", "Suspicious sending patterns"],
    ["mcasFinSuspiciousFileAccess", "Mass access to sensitive files"],
    ["adminConfirmedUserCompromised", "Admin confirmed user compromised"],
    ["userReportedSuspiciousActivity", "User reported suspicious activity"],
    ["investigationsThreatIntelligence", "Microsoft Entra threat intelligence"],
    ["nationStateIP", "Verified threat actor IP"],
    ["attackerinTheMiddle", "Attacker in the Middle"],
    ["suspiciousAPITraffic", "Suspicious API traffic"],
    ["anomalousUserActivity", "Anomalous user activity"],
    ["attemptedPrtAccess", "Possible attempt to access Primary Refresh Token"],
    ["generic", "Additional risk detected (premium type hidden by licence)"],
  ])("%s is %s", (riskEventType, name) => {
    expect(lineOf("riskDetections", { riskEventType }).header[5]).toBe(name);
  });
});

describe("lengths of the dictionary", () => {
  it("cut dvchost to 100 and act to 63", () => {
    const { fields } = lineOf("riskyUsers", { riskState: "s".repeat(200) });

    expect(fields.get("dvchost")).toBe("h".repeat(100));
    expect(fields.get("act")).toBe("s".repeat(63));
  });
});

describe("coordinates", () => {
  it("are left out where they are not finite", () => {
    const location: unknown = JSON.parse('{"geoCoordinates":{"latitude":1e999,"longitude":-1e999}}');

    const { fields } = lineOf("riskDetections", { location });

    expect(fields.has("cfp1")).toBe(false);
    expect(fields.has("cfp2")).toBe(false);
  });
});

describe("the user agent of additionalInfo", () => {
  it("is the first that has a text", () => {
    const entries = [
      { Key: "userAgent", Value: null },
      { Key: "userAgent", Value: "Mozilla/5.0" },
    ];

    const { fields } = lineOf("riskDetections", { additionalInfo: JSON.stringify(entries) });

    expect(fields.get("requestClientApplication")).toBe("Mozilla/5.0");
  });
});
