/**
 * Users at risk: a state table with one row per user, updated in place. Two changes between two reads leave one, so the
 * time of the last change is news by itself.
 */
import { parseGraphTime } from "../core/time.ts";
import { createSource } from "./collection.ts";
import { asIs } from "./significant.ts";

export const riskyUsers = createSource({
  name: "riskyUsers",
  path: "/identityProtection/riskyUsers",
  budget: "identityProtection",
  permission: "IdentityRiskyUser.Read.All",
  maxPageSize: 500,
  coverage: "whole",
  timeProperty: "riskLastUpdatedDateTime",
  isTimeFixed: false,
  changedProperty: "riskLastUpdatedDateTime",
  news: {
    riskState: asIs,
    riskLevel: asIs,
    riskDetail: asIs,
    isDeleted: asIs,
    riskLastUpdatedDateTime: (text) => parseGraphTime(text) ?? text,
  },
  // Graph does not tell the type: each counts as a risky user.
  risk: (record) => ({ level: record["riskLevel"], type: "riskyUser" }),
});
