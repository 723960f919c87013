/** Invented sign-ins in the shape in which Graph v1.0 returns them, 2.5 to 18 KB each. */
import type { GraphRecord } from "../core/event.ts";
import { APPS, type App, inventAddress, locationOf, type Person, RESOURCES, USER_AGENTS } from "./names.ts";
import type { Random } from "./random.ts";

const FAILURES = [
  [50126, "Error validating credentials due to invalid username or password."],
  [50053, "The account is locked, you've tried to sign in too many times with an incorrect user ID or password."],
  [50074, "Strong Authentication is required."],
  [53003, "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."],
  [
    50076,
    "Due to a configuration change made by your administrator, you must use multi-factor authentication to access.",
  ],
] as const;
const RISK_TYPES = ["unfamiliarFeatures", "unlikelyTravel", "anonymizedIPAddress", "maliciousIPAddress"];
const RESULTS = ["success", "notApplied", "notEnabled", "reportOnlyNotApplied", "reportOnlySuccess"];

const FAILED_SHARE = 0.12;
const RISKY_SHARE = 0.03;
/** Sign-ins that list most policies of the tenant, not only a few. */
const LONG_SHARE = 0.05;

export interface SignInFacts {
  readonly person: Person;
  readonly policies: readonly App[];
  readonly tenantId: string;
  readonly createdDateTime: string;
}

export function inventSignIn(
  random: Random,
  { person, policies, tenantId, createdDateTime }: SignInFacts,
): GraphRecord {
  const app = random.pick(APPS);
  const resource = random.pick(RESOURCES);
  const hasFailed = random.chance(FAILED_SHARE);
  return {
    id: random.guid(),
    createdDateTime,
    userDisplayName: person.name,
    userPrincipalName: person.upn,
    userId: person.id,
    appId: app.id,
    appDisplayName: app.name,
    ipAddress: inventAddress(random),
    clientAppUsed: random.pick(["Browser", "Mobile Apps and Desktop clients", "Exchange ActiveSync"]),
    correlationId: random.guid(),
    conditionalAccessStatus: hasFailed ? "failure" : random.pick(["success", "notApplied"]),
    isInteractive: true,
    ...inventRisk(random),
    resourceDisplayName: resource.name,
    resourceId: resource.id,
    status: inventStatus(random, hasFailed),
    deviceDetail: inventDevice(random),
    location: locationOf(person.home),
    appliedConditionalAccessPolicies: inventApplied(random, policies),
    authenticationAppDeviceDetails: null,
    homeTenantId: tenantId,
    resourceTenantId: tenantId,
    servicePrincipalId: "",
    servicePrincipalName: null,
    userAgent: random.pick(USER_AGENTS),
  };
}

function inventRisk(random: Random): GraphRecord {
  if (!random.chance(RISKY_SHARE)) {
    const none = { riskDetail: "none", riskLevelAggregated: "none", riskLevelDuringSignIn: "none", riskState: "none" };
    return { ...none, riskEventTypes: [], riskEventTypes_v2: [] };
  }
  const types = [random.pick(RISK_TYPES)];
  const level = random.pick(["low", "medium", "high"]);
  return {
    riskDetail: "none",
    riskLevelAggregated: level,
    riskLevelDuringSignIn: level,
    riskState: "atRisk",
    riskEventTypes: types,
    riskEventTypes_v2: types,
  };
}

function inventStatus(random: Random, hasFailed: boolean): GraphRecord {
  if (!hasFailed) {
    return {
      errorCode: 0,
      failureReason: "Other.",
      additionalDetails: "MFA requirement satisfied by claim in the token",
    };
  }
  const [errorCode, failureReason] = random.pick(FAILURES);
  return { errorCode, failureReason, additionalDetails: null };
}

function inventDevice(random: Random): GraphRecord {
  const isManaged = random.chance(0.6);
  return {
    deviceId: isManaged ? random.guid() : "",
    displayName: isManaged ? `DESKTOP-${random.hex(7).toUpperCase()}` : "",
    operatingSystem: random.pick(["Windows 11", "MacOs", "Ios 26.0", "Linux"]),
    browser: random.pick(["Edge 141.0.0", "Safari 26.0", "Firefox 145.0", "Chrome 141.0.0"]),
    isCompliant: isManaged,
    isManaged,
    trustType: isManaged ? "Azure AD joined" : null,
  };
}

function inventApplied(random: Random, policies: readonly App[]): readonly GraphRecord[] {
  const count = random.chance(LONG_SHARE) ? random.integer(30, policies.length) : random.integer(4, 8);
  return policies.slice(0, count).map(({ id, name }) => ({
    id,
    displayName: name,
    enforcedGrantControls: [random.pick(["Mfa", "RequireCompliantDevice", "Block"])],
    enforcedSessionControls: [],
    result: random.pick(RESULTS),
  }));
}
