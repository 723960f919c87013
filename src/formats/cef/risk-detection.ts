/** The mapping of a risk detection. It has no outcome: a detection neither succeeds nor fails. */
import type { RecordEvent } from "../../core/event.ts";
import { readAdditionalInfo } from "./additional-info.ts";
import type { CefEvent } from "./cef-event.ts";
import { rulesOf } from "./dictionary.ts";
import { timeOf } from "./identity.ts";
import { ADDRESS_LABELS, sourceAddress } from "./ip-address.ts";
import { displayName, message, unreadableAddress } from "./message.ts";
import { riskEventName } from "./names.ts";
import { PLACE_LABELS, placeOf } from "./place.ts";
import { joined, textOf } from "./record-values.ts";
import { riskSeverity } from "./severity.ts";
import { signatureOf } from "./signature.ts";

const RULES = rulesOf({
  ...ADDRESS_LABELS,
  ...PLACE_LABELS,
  cs1: "riskLevel",
  cs2: "riskState",
  cs3: "correlationId",
  cs5: "requestId",
  cs6: "additionalInfo",
});

export function mapRiskDetection({ record, time }: RecordEvent): CefEvent {
  const riskEventType = textOf(record["riskEventType"]);
  const riskLevel = textOf(record["riskLevel"]);
  const riskState = textOf(record["riskState"]);
  const address = sourceAddress(textOf(record["ipAddress"]));
  const place = placeOf(record["location"]);
  const info = readAdditionalInfo(record["additionalInfo"]);
  return {
    signature: signatureOf("riskDetection", riskEventType),
    name: riskEventName(riskEventType),
    severity: riskSeverity(riskLevel, riskState),
    extension: {
      rt: timeOf(record["detectedDateTime"], time),
      start: timeOf(record["activityDateTime"]),
      end: timeOf(record["lastUpdatedDateTime"]),
      cat: joined(["/Risk Detection", textOf(record["activity"])], "/"),
      app: textOf(record["source"]),
      src: address.src,
      c6a2: address.c6a2,
      suser: textOf(record["userPrincipalName"]),
      suid: textOf(record["userId"]),
      act: "Detected",
      reason: textOf(record["riskDetail"]),
      cs1: riskLevel,
      cs2: riskState,
      cs3: textOf(record["correlationId"]),
      cs5: textOf(record["requestId"]),
      cs4: place.cs4,
      cfp1: place.cfp1,
      cfp2: place.cfp2,
      requestClientApplication: info.userAgent,
      msg: message(unreadableAddress(address.unreadable), displayName(record)),
      cs6: info.json,
    },
    rules: RULES,
  };
}
