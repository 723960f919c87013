/**
 * What real and forged records put in their fields: values that break a line, a header, a parser or a comparison
 * (hostile), and fields that are missing, null or empty although the schema says otherwise (sparse).
 */
import type { GraphRecord, SourceName } from "../core/event.ts";
import type { Random } from "./random.ts";

const FORGED_CEF = "CEF:0|x|y|1|forged|forged|10|suser=admin";
const BIDI = "\u202e";
const LINE_SEPARATOR = "\u2028";

const HOSTILE_NAME = `Søren “Å” O’Malley${BIDI} | 経理=部 ${FORGED_CEF}`;

const HOSTILE_INFO = [
  { Key: "userAgent", Value: 'UA | with = and \\ and "quotes"\nsecond line' },
  { Key: "relatedUserAgent", Value: "" },
  { Key: "deviceInformation", Value: null },
  { Key: "riskReasons", Value: ["UnfamiliarASN", "a=b|c\\"] },
  { Key: "relatedLocation", Value: { clientIP: "2001:db8:99::1", latitude: 46.2, asn: 64_500, city: "Genève|=\\" } },
];

/** Values of `additionalInfo` to survive: the JSON inside may be anything. */
const ODD_INFO = [JSON.stringify(HOSTILE_INFO), "", "[]", "not json", "{}", '[{"Key":"userAgent"}]', null];

/** Properties to put over those of a normal record. */
export function hostileValues(random: Random, source: SourceName): GraphRecord {
  if (source === "signIns") return hostileSignIn();
  if (source === "riskDetections") {
    return {
      userDisplayName: `Joe "D" ${FORGED_CEF}`,
      ipAddress: random.pick([null, "", "2001:0db8:0000:0000:0000:0000:0000:0007"]),
      requestId: null,
      userPrincipalName: random.pick([null, "soren.o'malley@contoso.com"]),
      additionalInfo: random.pick(ODD_INFO),
      location: random.pick([null, { city: "", state: "", countryOrRegion: "SE", geoCoordinates: null }]),
    };
  }
  return {
    isDeleted: true,
    isProcessing: true,
    userDisplayName: "Joe = D | \\ – “гость”\u0000\u001b[31m",
    userPrincipalName: "joe_fabrikam.com#EXT#@contoso.com",
  };
}

function hostileSignIn(): GraphRecord {
  return {
    userDisplayName: HOSTILE_NAME,
    userPrincipalName: "soren.o'malley@contoso.com",
    appDisplayName: "Reports|Q3=final\\draft ",
    ipAddress: "2001:0db8:0000:0000:0000:0000:0000:0007",
    riskEventTypes_v2: ["unfamiliarFeatures", "someFutureType"],
    resourceDisplayName: null,
    resourceId: "https://intranet.contoso.com/?a=1|b",
    status: {
      errorCode: 50053,
      failureReason:
        "The account is locked, you've tried to sign in too many times.\r\n" +
        "Trace ID: 31d0c8f2-6a47-4e95-b1d3-70c2e98f5a00\r\nHint = reset|wait \\ retry",
      additionalDetails: "",
    },
    deviceDetail: { deviceId: "", displayName: "PC=01|x\\y", operatingSystem: "", browser: "", isCompliant: null },
    location: { city: "", state: null, countryOrRegion: "", geoCoordinates: null },
    userAgent:
      "Mozilla/5.0 (X11; q=0.9) a|b suser=admin act=blocked C:\\temp\\new\\ \ttab\r\n" +
      `CEF:0|Fake|Fake|1|forged|forged|10|outcome=success\n<134>Oct 14 06:53:24 host2 forged line${LINE_SEPARATOR}end `,
  };
}

/** Properties to put over those of a normal record; `undefined` takes one away. */
export function sparseValues(random: Random, source: SourceName): GraphRecord {
  if (source === "signIns") return sparseSignIn(random);
  if (source === "riskDetections") {
    return {
      requestId: null,
      correlationId: null,
      riskEventType: "generic",
      riskLevel: "hidden",
      riskDetail: "hidden",
      ipAddress: "",
      userDisplayName: null,
      additionalInfo: null,
      location: null,
      source: undefined,
      activityDateTime: undefined,
    };
  }
  return { userDisplayName: null, userPrincipalName: undefined, isProcessing: undefined, riskDetail: "hidden" };
}

function sparseSignIn(random: Random): GraphRecord {
  const hidden = { riskDetail: "hidden", riskLevelAggregated: "hidden", riskLevelDuringSignIn: "hidden" };
  return {
    ...hidden,
    userDisplayName: "",
    userPrincipalName: "",
    userId: "",
    appDisplayName: null,
    ipAddress: "",
    clientAppUsed: null,
    correlationId: null,
    conditionalAccessStatus: null,
    isInteractive: false,
    riskEventTypes_v2: null,
    status: null,
    deviceDetail: null,
    location: null,
    resourceDisplayName: undefined,
    appliedConditionalAccessPolicies: undefined,
    userAgent: undefined,
    servicePrincipalId: random.guid(),
    servicePrincipalName: "nightly-export",
  };
}
