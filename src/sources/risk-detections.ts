/** Detections of risk. They appear up to two days after the activity, are filled in over minutes and change state later. */
import { endOfBrackets, jsonBytes } from "../core/json-bytes.ts";
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

/** Whether something deeper can be compared by content would depend on how much stack is left. Real texts have a few levels. */
const MAX_DEPTH = 500;
const BYTES_OF_A_LEVEL = 2;
const BRACKET_FIRST = /^\s*[[{]/;

/** A JSON text of key and value pairs, compared by content. What is no JSON, or is too deep to compare, stays text. */
function asPairs(text: unknown): unknown {
  if (typeof text !== "string" || isTooDeep(text)) return text;
  try {
    return significantJson(asSet(JSON.parse(text)));
  } catch {
    return text;
  }
}

function isTooDeep(text: string): boolean {
  if (text.length <= MAX_DEPTH * BYTES_OF_A_LEVEL || !BRACKET_FIRST.test(text)) return false;
  return endOfBrackets(jsonBytes(Buffer.from(text)), 0, MAX_DEPTH) === undefined;
}
