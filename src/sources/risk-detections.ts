/** Detections of risk. They appear up to two days after the activity, are filled in over minutes and change state later. */
import type { GraphRecord } from "../core/event.ts";
import { createSource } from "./collection.ts";
import { asSet, significantJson } from "./significant.ts";

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
  news: (record) => ({
    riskEventType: record["riskEventType"],
    riskState: record["riskState"],
    riskLevel: record["riskLevel"],
    riskDetail: record["riskDetail"],
    additionalInfo: additionalInfo(record),
    ipAddress: record["ipAddress"],
    location: record["location"],
    source: record["source"],
    userPrincipalName: record["userPrincipalName"],
    userDisplayName: record["userDisplayName"],
  }),
  risk: (record) => ({ level: record["riskLevel"], type: record["riskEventType"] }),
});

/** A JSON text of key and value pairs, compared by content. What is no JSON, or is too deep to compare, stays text. */
function additionalInfo({ additionalInfo: text }: GraphRecord): unknown {
  if (typeof text !== "string") return text;
  try {
    return significantJson(asSet(JSON.parse(text)));
  } catch {
    return text;
  }
}
