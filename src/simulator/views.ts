/**
 * How a record looks to one caller: without the policies that its permissions hide, with unknown enumeration members
 * rewritten, and cut to `$select`. Most callers see the stored bytes as they are.
 */
import type { GraphRecord } from "../core/event.ts";

export interface View {
  readonly hidesPolicies: boolean;
  /** False unless the caller sent `Prefer: include-unknown-enum-members`. */
  readonly knowsAllMembers: boolean;
  readonly select?: readonly string[];
}

/** Members behind `unknownFutureValue` in Graph's metadata. */
const LATE_MEMBERS: ReadonlySet<unknown> = new Set([
  "m365DAdminDismissedDetection",
  "adminConfirmedServicePrincipalCompromised",
  "adminDismissedAllRiskForServicePrincipal",
  "userChangedPasswordOnPremises",
  "adminDismissedRiskForSignIn",
  "adminConfirmedAccountSafe",
  "microsoftRevokedSessions",
  "reportOnlySuccess",
  "reportOnlyFailure",
  "reportOnlyNotApplied",
  "reportOnlyInterrupted",
]);
const ENUM_PROPERTIES = new Set(["riskDetail", "result"]);
const LATE_ACTIVITY = "servicePrincipal";

/** The bytes of a record in a view. */
export function seenAs(bytes: Buffer, view: View): Buffer {
  if (!view.hidesPolicies && view.knowsAllMembers && view.select === undefined) return bytes;
  const record: GraphRecord = JSON.parse(String(bytes), view.knowsAllMembers ? undefined : rewriteLateMember);
  const shown = Object.entries(record).filter(([property]) => isShown(property, view));
  return Buffer.from(JSON.stringify(Object.fromEntries(shown)));
}

function isShown(property: string, { hidesPolicies, select }: View): boolean {
  if (hidesPolicies && property === "appliedConditionalAccessPolicies") return false;
  return select?.includes(property) ?? true;
}

function rewriteLateMember(property: string, value: unknown): unknown {
  if (property === "activity" && value === LATE_ACTIVITY) return "unknownFutureValue";
  return ENUM_PROPERTIES.has(property) && LATE_MEMBERS.has(value) ? "unknownFutureValue" : value;
}
