/**
 * What Graph documents of the three collections, and which properties the product promises to watch. The facts stand
 * here a second time, apart from the product's own sources, so that a mistake there is not repeated here.
 */
import type { SourceName } from "../core/event.ts";

export interface CollectionFacts {
  readonly source: SourceName;
  readonly path: string;
  readonly entityType: string;
  readonly permission: string;
  readonly maxTop: number;
  readonly defaultTop: number;
  readonly limit: "reports" | "identityProtection";
  /** The time by which the collection is read. */
  readonly timeProperty: string;
  readonly timeFilters: readonly string[];
  readonly textFilters: readonly string[];
  readonly numberFilters: readonly string[];
  /** Known to Graph, but not filterable. */
  readonly otherProperties: readonly string[];
  /** A record whose state in these properties changes has a new revision. */
  readonly newsProperties: readonly string[];
  /** Set by Graph at each change; sign-ins have none. */
  readonly changeProperty?: string;
}

export const CATALOGUE: Readonly<Record<SourceName, CollectionFacts>> = {
  signIns: {
    source: "signIns",
    path: "/v1.0/auditLogs/signIns",
    entityType: "microsoft.graph.signIn",
    permission: "AuditLog.Read.All",
    maxTop: 1_000,
    defaultTop: 1_000,
    limit: "reports",
    timeProperty: "createdDateTime",
    timeFilters: ["createdDateTime"],
    textFilters: words(`id appId correlationId clientAppUsed conditionalAccessStatus resourceId resourceDisplayName
      riskDetail riskLevelAggregated riskLevelDuringSignIn riskState userId appDisplayName ipAddress userDisplayName
      userPrincipalName deviceDetail/browser deviceDetail/operatingSystem location/city location/state
      location/countryOrRegion`),
    numberFilters: ["status/errorCode"],
    otherProperties: words(`appliedConditionalAccessPolicies deviceDetail isInteractive location riskEventTypes
      riskEventTypes_v2 status authenticationAppDeviceDetails homeTenantId resourceTenantId servicePrincipalId
      servicePrincipalName userAgent`),
    newsProperties: words(`riskDetail riskLevelAggregated riskLevelDuringSignIn riskState riskEventTypes
      riskEventTypes_v2 status conditionalAccessStatus`),
  },
  riskDetections: {
    source: "riskDetections",
    path: "/v1.0/identityProtection/riskDetections",
    entityType: "microsoft.graph.riskDetection",
    permission: "IdentityRiskEvent.Read.All",
    maxTop: 500,
    defaultTop: 20,
    limit: "identityProtection",
    timeProperty: "lastUpdatedDateTime",
    timeFilters: ["lastUpdatedDateTime", "detectedDateTime", "activityDateTime"],
    textFilters: words(
      "id requestId correlationId riskEventType riskState riskLevel riskDetail userId userPrincipalName",
    ),
    numberFilters: [],
    otherProperties: words(`source detectionTimingType activity tokenIssuerType ipAddress location userDisplayName
      additionalInfo`),
    newsProperties: words(`riskEventType riskState riskLevel riskDetail additionalInfo ipAddress location source
      userPrincipalName userDisplayName`),
    changeProperty: "lastUpdatedDateTime",
  },
  riskyUsers: {
    source: "riskyUsers",
    path: "/v1.0/identityProtection/riskyUsers",
    entityType: "microsoft.graph.riskyUser",
    permission: "IdentityRiskyUser.Read.All",
    maxTop: 500,
    defaultTop: 100,
    limit: "identityProtection",
    timeProperty: "riskLastUpdatedDateTime",
    timeFilters: ["riskLastUpdatedDateTime"],
    textFilters: words("id riskLevel riskState riskDetail userPrincipalName"),
    numberFilters: [],
    otherProperties: words("isDeleted isProcessing userDisplayName"),
    newsProperties: words("riskState riskLevel riskDetail isDeleted riskLastUpdatedDateTime"),
    changeProperty: "riskLastUpdatedDateTime",
  },
};

/** Shows `appliedConditionalAccessPolicies` of sign-ins; without one of these Graph leaves the property out. */
export const POLICY_PERMISSIONS = words("Policy.Read.All Policy.Read.ConditionalAccess");

/** The permissions that an app has unless a test takes some away. */
export const ALL_PERMISSIONS: readonly string[] = [
  ...Object.values(CATALOGUE).map(({ permission }) => permission),
  "Policy.Read.All",
];

/** The facts of the collection at a path. */
export function collectionAt(path: string): CollectionFacts | undefined {
  return Object.values(CATALOGUE).find((facts) => facts.path === path);
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
