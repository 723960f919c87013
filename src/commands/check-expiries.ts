/** What expires when, as far as files and configuration tell. */
import { expiriesOfSink, expiriesOfTenant } from "../config/expiries.ts";
import type { SinkConfig, TenantConfig } from "../config/schema.ts";
import { daysLeft, type Expiry, thresholdOf } from "../core/expiry.ts";
import { type Finding, trouble } from "./check-finding.ts";

export function tenantExpiries(tenant: TenantConfig, now: number): Finding[] {
  const { certificateFile, expires } = tenant.credential;
  if (certificateFile !== undefined || expires !== undefined) {
    return expiriesOfTenant(tenant).map((expiry) => findingOf(expiry, now, "failed"));
  }
  const message = "its end is not told; with credential.expires you are warned before it";
  return [{ subject: `tenant ${tenant.name}: client secret`, outcome: "passed", message }];
}

/** Of several CAs the collector's may be another than the one that has ended: its own TLS tells. */
export function sinkExpiries(sink: SinkConfig, now: number): Finding[] {
  return expiriesOfSink(sink).map((expiry) =>
    findingOf(expiry, now, expiry.subject.endsWith(": CA") ? "warned" : "failed"),
  );
}

function findingOf({ subject, expires, remedy }: Expiry, now: number, ended: "warned" | "failed"): Finding {
  const threshold = thresholdOf(expires, now);
  const date = new Date(expires).toISOString().slice(0, 10);
  const days = daysLeft(expires, now);
  if (threshold === undefined) return { subject, outcome: "passed", message: `until ${date}, ${days} days left` };
  if (threshold === 0) return { subject, ...trouble(ended, "ERF1007", `expired on ${date}`, remedy) };
  return { subject, ...trouble("warned", "ERF1007", `expires on ${date}, ${days} days left`, remedy) };
}
