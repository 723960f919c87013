/** Detections of risk. They appear up to two days after the activity, are filled in over minutes and change state later. */
import { createSource } from "./collection.ts";
import { asIs, asSet, significantJson } from "./significant.ts";

export const riskDetections = createSource({
  name: "riskDetections",
  path: "/identityProtection/riskDetections",
  budget: "identityProtection",
  permission: "IdentityRiskEvent.Read.All",
  maxPageSize: 500,
  coverage: "single-page-slices",
  timeProperty: "lastUpdatedDateTime",
  isTimeFixed: false,
  changedProperty: "lastUpdatedDateTime",
  news: {
    riskEventType: asIs,
    riskState: asIs,
    riskLevel: asIs,
    riskDetail: asIs,
    additionalInfo: asPairs,
    ipAddress: asIs,
    location: asIs,
    source: asIs,
    userPrincipalName: asIs,
    userDisplayName: asIs,
  },
  risk: (record) => ({ level: record["riskLevel"], type: record["riskEventType"] }),
});

/** A JSON text of key and value pairs, compared by content. What is no JSON, or is too deep to compare, stays text. */
function asPairs(text: unknown): unknown {
  if (typeof text !== "string") return text;
  try {
    return significantJson(asSet(JSON.parse(text)));
  } catch {
    return text;
  }
}
