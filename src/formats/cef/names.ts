/** Names of events for people: fixed tables, so that no name repeats what a record says. */

/** Microsoft's display names by riskEventType in lower case, for Graph spells one of them in two ways. */
const RISK_EVENTS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    anonymizedIPAddress: "Anonymous IP address",
    unlikelyTravel: "Atypical travel",
    impossibleTravel: "Impossible travel",
    mcasImpossibleTravel: "Impossible travel",
    unfamiliarFeatures: "Unfamiliar sign-in properties",
    leakedCredentials: "Leaked credentials",
    maliciousIPAddress: "Malicious IP address",
    malwareInfectedIPAddress: "Malware linked IP address",
    suspiciousIPAddress: "Suspicious IP address",
    passwordSpray: "Password spray",
    anomalousToken: "Anomalous token",
    tokenIssuerAnomaly: "Token issuer anomaly",
    suspiciousBrowser: "Suspicious browser",
    newCountry: "New country",
    riskyIPAddress: "Activity from anonymous IP address",
    mcasSuspiciousInboxManipulationRules: "Suspicious inbox manipulation rules",
    suspiciousInboxForwarding: "Suspicious inbox forwarding",
    suspiciousSendingPatterns: "Suspicious sending patterns",
    mcasFinSuspiciousFileAccess: "Mass access to sensitive files",
    adminConfirmedUserCompromised: "Admin confirmed user compromised",
    userReportedSuspiciousActivity: "User reported suspicious activity",
    investigationsThreatIntelligence: "Microsoft Entra threat intelligence",
    nationStateIP: "Verified threat actor IP",
    attackerinTheMiddle: "Attacker in the Middle",
    suspiciousAPITraffic: "Suspicious API traffic",
    anomalousUserActivity: "Anomalous user activity",
    attemptedPrtAccess: "Possible attempt to access Primary Refresh Token",
    generic: "Additional risk detected (premium type hidden by licence)",
  }).map(([type, name]) => [type.toLowerCase(), name]),
);

const RISKY_USERS: ReadonlyMap<string, string> = new Map([
  ["none", "Risky user: no risk"],
  ["atRisk", "Risky user: at risk"],
  ["confirmedCompromised", "Risky user: confirmed compromised"],
  ["remediated", "Risky user: remediated"],
  ["dismissed", "Risky user: dismissed"],
  ["confirmedSafe", "Risky user: confirmed safe"],
]);

export function riskEventName(riskEventType: string | undefined): string {
  return RISK_EVENTS.get((riskEventType ?? "").toLowerCase()) ?? "Risk detected";
}

export function riskyUserName(riskState: string | undefined): string {
  return RISKY_USERS.get(riskState ?? "") ?? "Risky user";
}
