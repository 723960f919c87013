/** What the SIEM is told of a credential or certificate that is about to expire. Pure. */
import type { Expiry } from "../core/expiry.ts";
import type { Notice } from "../core/notice.ts";

/** `days` are left; 0: it has expired. */
export function expiryNotice({ subject, expires, ...about }: Expiry, days: number): Notice {
  const end = new Date(expires).toISOString();
  const expiry = { ...about, code: "ERF1007", count: days } as const;
  if (days <= 0) return { kind: "expired", ...expiry, message: `${subject} expired at ${end}` };
  return { kind: "expiring", ...expiry, message: `${subject} expires at ${end}` };
}
