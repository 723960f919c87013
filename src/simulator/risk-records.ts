/** Invented risk detections and risky users in the shape in which Graph v1.0 returns them. */
import type { GraphRecord } from "../core/event.ts";
import { inventAddress, inventPlace, locationOf, type Person, type Place, USER_AGENTS } from "./names.ts";
import type { Random } from "./random.ts";

type Timing = "realtime" | "offline";

/** Every well-known riskEventType with its timing and the techniques that Microsoft names for it. */
const DETECTIONS: readonly (readonly [type: string, timing: Timing, techniques: string])[] = [
  ["riskyIPAddress", "offline", "T1078"],
  ["generic", "realtime", "T1078"],
  ["adminConfirmedUserCompromised", "offline", "T1078"],
  ["anomalousToken", "offline", "T1539"],
  ["anomalousUserActivity", "offline", "T1078"],
  ["anonymizedIPAddress", "realtime", "T1090.003,T1078"],
  ["attackerinTheMiddle", "offline", "T1539"],
  ["unlikelyTravel", "offline", "T1078"],
  ["mcasImpossibleTravel", "offline", "T1078"],
  ["impossibleTravel", "offline", "T1078"],
  ["leakedCredentials", "offline", "T1589.001"],
  ["maliciousIPAddress", "offline", "T1078"],
  ["mcasFinSuspiciousFileAccess", "offline", "T1078"],
  ["investigationsThreatIntelligence", "offline", "T1078"],
  ["newCountry", "offline", "T1078"],
  ["passwordSpray", "offline", "T1110.003"],
  ["attemptedPrtAccess", "offline", "T1539"],
  ["suspiciousAPITraffic", "offline", "T1078"],
  ["suspiciousBrowser", "offline", "T1078"],
  ["suspiciousInboxForwarding", "offline", "T1114.003"],
  ["mcasSuspiciousInboxManipulationRules", "offline", "T1564.008"],
  ["suspiciousSendingPatterns", "offline", "T1078"],
  ["tokenIssuerAnomaly", "offline", "T1078"],
  ["unfamiliarFeatures", "realtime", "T1078.004"],
  ["userReportedSuspiciousActivity", "offline", "T1078"],
  ["nationStateIP", "realtime", "T1078"],
];
/** These are always high (Entra ID Protection documentation). */
const ALWAYS_HIGH = ["leakedCredentials", "nationStateIP", "attackerinTheMiddle"];
const TRAVEL = ["unlikelyTravel", "mcasImpossibleTravel", "impossibleTravel", "newCountry"];
const REASONS = ["UnfamiliarASN", "UnfamiliarBrowser", "UnfamiliarDevice", "UnfamiliarIP", "UnfamiliarLocation"];

export interface DetectionFacts {
  readonly person: Person;
  readonly activityDateTime: string;
  readonly detectedDateTime: string;
  readonly lastUpdatedDateTime: string;
  /** Picks the riskEventType: consecutive numbers go through all of them. */
  readonly number: number;
}

export function inventDetection(random: Random, facts: DetectionFacts): GraphRecord {
  const { person, number, activityDateTime, detectedDateTime, lastUpdatedDateTime } = facts;
  const [type, timing, techniques] = DETECTIONS[number % DETECTIONS.length] ?? random.pick(DETECTIONS);
  const place = TRAVEL.includes(type) ? inventPlace(random) : person.home;
  const isOfSignIn = type !== "leakedCredentials" && type !== "adminConfirmedUserCompromised";
  return {
    id: random.hex(64),
    requestId: isOfSignIn ? random.guid() : null,
    correlationId: isOfSignIn ? random.guid() : null,
    riskEventType: type,
    riskState: "atRisk",
    riskLevel: ALWAYS_HIGH.includes(type) ? "high" : random.pick(["low", "medium", "high"]),
    riskDetail: "none",
    source: "IdentityProtection",
    detectionTimingType: timing,
    activity: isOfSignIn ? "signin" : "user",
    tokenIssuerType: "AzureAD",
    ipAddress: isOfSignIn ? inventAddress(random) : null,
    activityDateTime,
    detectedDateTime,
    lastUpdatedDateTime,
    userId: person.id,
    userDisplayName: person.name,
    userPrincipalName: person.upn,
    additionalInfo: JSON.stringify(inventInfo(random, { type, techniques, place })),
    location: isOfSignIn ? locationOf(place) : null,
  };
}

interface InfoFacts {
  readonly type: string;
  readonly techniques: string;
  readonly place: Place;
}

function inventInfo(random: Random, { type, techniques, place }: InfoFacts): readonly GraphRecord[] {
  const info: GraphRecord[] = [
    { Key: "userAgent", Value: random.pick(USER_AGENTS) },
    { Key: "alertUrl", Value: null },
    { Key: "mitreTechniques", Value: techniques },
  ];
  if (type === "unfamiliarFeatures") info.push({ Key: "riskReasons", Value: REASONS.slice(0, random.integer(1, 5)) });
  if (TRAVEL.includes(type)) {
    const { latitude, longitude, country: countryCode, state, city } = place;
    const where = { clientIP: inventAddress(random), latitude, longitude, asn: 64_500, countryCode, state, city };
    info.push({ Key: "relatedLocation", Value: where });
  }
  return info;
}

export function inventRiskyUser(random: Random, person: Person, riskLastUpdatedDateTime: string): GraphRecord {
  return {
    id: person.id,
    isDeleted: false,
    isProcessing: random.chance(0.1),
    riskLevel: random.pick(["low", "medium", "high"]),
    riskState: "atRisk",
    riskDetail: "none",
    riskLastUpdatedDateTime,
    userDisplayName: person.name,
    userPrincipalName: person.upn,
  };
}
