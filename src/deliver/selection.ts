/** Which events a sink takes. Pure. An event that is left out still moves the sink's cursor. */
import type { RecordEvent, SourceName } from "../core/event.ts";

export const RISK_LEVELS = ["low", "medium", "high"] as const;
type RiskLevel = (typeof RISK_LEVELS)[number];

export interface Selection {
  /** GUIDs; absent: all. */
  readonly tenantIds?: readonly string[];
  readonly sources?: readonly SourceName[];
  readonly minRiskLevel?: RiskLevel;
  /** Sign-ins that failed; the other sources are not concerned. */
  readonly onlyFailed?: boolean;
}

export function selects({ tenantIds, sources, minRiskLevel, onlyFailed }: Selection, event: RecordEvent): boolean {
  if (tenantIds && !tenantIds.includes(event.stream.tenantId)) return false;
  if (sources && !sources.includes(event.stream.source)) return false;
  if (minRiskLevel && !riskLevelsOf(event).some((level) => reaches(level, minRiskLevel))) return false;
  return !onlyFailed || event.stream.source !== "signIns" || isFailure(event);
}

/** A level hidden by the licence, or one that this version does not know, is not harmless: it passes. */
function reaches(level: unknown, minimum: RiskLevel): boolean {
  if (level === "none" || level === undefined || level === null || level === "") return false;
  const word = typeof level === "string" ? level.toLowerCase() : level;
  const rank = RISK_LEVELS.findIndex((known) => known === word);
  return rank === -1 || rank >= RISK_LEVELS.indexOf(minimum);
}

/** Of a sign-in the higher one counts: what was found out later raises the aggregated level only. */
function riskLevelsOf({ stream, record }: RecordEvent): readonly unknown[] {
  if (stream.source !== "signIns") return [record["riskLevel"]];
  return [record["riskLevelDuringSignIn"], record["riskLevelAggregated"]];
}

function isFailure({ record }: RecordEvent): boolean {
  const status = record["status"];
  if (status === null || typeof status !== "object" || !("errorCode" in status)) return false;
  const { errorCode } = status;
  return (typeof errorCode === "number" || typeof errorCode === "string") && Number(errorCode) !== 0;
}
