/** The mapping of a sign-in. The subject is the source user; where no user signed in, the service principal is. */
import type { GraphRecord, RecordEvent } from "../../core/event.ts";
import type { CefEvent } from "./cef-event.ts";
import { rulesOf } from "./dictionary.ts";
import { timeOf } from "./identity.ts";
import { ADDRESS_LABELS, sourceAddress } from "./ip-address.ts";
import { displayName, message, unreadableAddress } from "./message.ts";
import { PLACE_LABELS, placeOf } from "./place.ts";
import { integerOf, joined, objectOf, textOf, textsOf } from "./record-values.ts";
import { signInSeverity } from "./severity.ts";
import { resultOf } from "./sign-in-result.ts";

const RULES = rulesOf({
  ...ADDRESS_LABELS,
  ...PLACE_LABELS,
  cn1: "errorCode",
  cs1: "riskLevel",
  cs2: "riskState",
  cs3: "correlationId",
  cs5: "conditionalAccessStatus",
  cs6: "signInDetails",
});

export function mapSignIn({ record, time }: RecordEvent): CefEvent {
  const status = objectOf(record["status"]);
  const device = objectOf(record["deviceDetail"]);
  const errorCode = integerOf(status["errorCode"]);
  const riskLevel = textOf(record["riskLevelDuringSignIn"]);
  const created = timeOf(record["createdDateTime"], time);
  const address = sourceAddress(textOf(record["ipAddress"]));
  const place = placeOf(record["location"]);
  const { signature, name, severity, act, outcome } = resultOf(errorCode);
  return {
    signature,
    name,
    severity: signInSeverity(severity, riskLevel),
    extension: {
      rt: created,
      start: created,
      end: created,
      cat: `/Authentication/signIn/${record["isInteractive"] === false ? "nonInteractive" : "interactive"}`,
      app: textOf(record["clientAppUsed"]),
      src: address.src,
      c6a2: address.c6a2,
      suser: textOf(record["userPrincipalName"]) ?? textOf(record["servicePrincipalName"]),
      suid: textOf(record["userId"]) ?? textOf(record["servicePrincipalId"]),
      shost: textOf(device["displayName"]),
      destinationServiceName: textOf(record["resourceDisplayName"]) ?? textOf(record["appDisplayName"]),
      act,
      outcome,
      reason: outcome === "success" ? undefined : joined([textOf(errorCode), textOf(status["failureReason"])], " "),
      cn1: errorCode,
      cs1: riskLevel,
      cs2: textOf(record["riskState"]),
      cs3: textOf(record["correlationId"]),
      cs5: textOf(record["conditionalAccessStatus"]),
      cs4: place.cs4,
      cfp1: place.cfp1,
      cfp2: place.cfp2,
      requestClientApplication: textOf(record["userAgent"]) ?? textOf(device["browser"]),
      msg: message(unreadableAddress(address.unreadable), displayName(record), textOf(status["additionalDetails"])),
      cs6: detailsOf(record),
    },
    rules: RULES,
  };
}

/** What no key of its own is left for, as JSON. */
function detailsOf(record: GraphRecord): string | undefined {
  const appId = textOf(record["appId"]);
  const types = textsOf(record["riskEventTypes_v2"]);
  if (appId === undefined && types.length === 0) return undefined;
  return JSON.stringify({ appId, riskEventTypes_v2: types.length === 0 ? undefined : types });
}
