/** The mapping of a risky user: each event is a change of the user's risk. */
import type { RecordEvent } from "../../core/event.ts";
import type { CefEvent } from "./cef-event.ts";
import { rulesOf } from "./dictionary.ts";
import { timeOf } from "./identity.ts";
import { displayName, message } from "./message.ts";
import { riskyUserName } from "./names.ts";
import { textOf } from "./record-values.ts";
import { riskSeverity } from "./severity.ts";
import { signatureOf } from "./signature.ts";

const RULES = rulesOf({ cs1: "riskLevel", cs2: "riskState" });

export function mapRiskyUser({ record, time }: RecordEvent): CefEvent {
  const riskLevel = textOf(record["riskLevel"]);
  const riskState = textOf(record["riskState"]);
  const updated = timeOf(record["riskLastUpdatedDateTime"], time);
  return {
    signature: signatureOf("riskyUser", riskState),
    name: riskyUserName(riskState),
    severity: riskSeverity(riskLevel, riskState),
    extension: {
      rt: updated,
      start: updated,
      end: updated,
      cat: "/Risky User",
      suser: textOf(record["userPrincipalName"]),
      suid: textOf(record["id"]),
      act: riskState,
      reason: textOf(record["riskDetail"]),
      cs1: riskLevel,
      cs2: riskState,
      msg: message(
        record["isDeleted"] === true ? "deleted" : undefined,
        record["isProcessing"] === true ? "being recalculated" : undefined,
        displayName(record),
      ),
    },
    rules: RULES,
  };
}
