/** Interactive sign-ins of users. A record keeps its time but may be filled in later, its risk above all. */
import { createSource } from "./collection.ts";
import { asIs, asSet } from "./significant.ts";

export const signIns = createSource({
  name: "signIns",
  path: "/auditLogs/signIns",
  budget: "reports",
  permission: "AuditLog.Read.All",
  maxPageSize: 1000,
  coverage: "slices",
  // Graph keeps sign-ins for 30 days; the rest is margin for a re-read that began in time.
  forgetAfterMs: 40 * 86_400_000,
  timeProperty: "createdDateTime",
  isTimeFixed: true,
  news: {
    conditionalAccessStatus: asIs,
    riskDetail: asIs,
    riskEventTypes: asSet,
    riskEventTypes_v2: asSet,
    riskLevelAggregated: asIs,
    riskLevelDuringSignIn: asIs,
    riskState: asIs,
    status: asIs,
  },
  risk: (record) => ({ level: record["riskLevelDuringSignIn"], type: typeOf(record["riskEventTypes_v2"]) }),
});

/** One without a risk type counts as one. */
function typeOf(types: unknown): unknown {
  return Array.isArray(types) && types.length > 0 ? types[0] : "signIn";
}
