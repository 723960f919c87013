/**
 * Users at risk: a state table with one row per user, updated in place. Two changes between two reads leave one, so the
 * time of the last change is news by itself.
 */
import { parseGraphTime } from "../core/time.ts";
import { createSource } from "./collection.ts";

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
  news: (record) => ({
    riskState: record["riskState"],
    riskLevel: record["riskLevel"],
    riskDetail: record["riskDetail"],
    isDeleted: record["isDeleted"],
    riskLastUpdatedDateTime: parseGraphTime(record["riskLastUpdatedDateTime"]) ?? record["riskLastUpdatedDateTime"],
  }),
  // Graph does not tell the type: each counts as a risky user.
  risk: (record) => ({ level: record["riskLevel"], type: "riskyUser" }),
});
