/** The ends of credentials and certificates, and how near they are. Pure; times are epoch milliseconds. */

const DAY_MS = 86_400_000;

/** Days before the end at which somebody is told; 0: it has ended. */
const THRESHOLDS = [0, 1, 7, 14, 30] as const;
export type Threshold = (typeof THRESHOLDS)[number];

export interface Expiry {
  /** For people: `tenant contoso: client secret`, `sink siem: CA`. */
  readonly subject: string;
  /** GUID in lower case of the tenant whose credential it is. */
  readonly tenantId?: string;
  /** Name of the sink whose certificate it is. */
  readonly sink?: string;
  readonly expires: number;
  /** What to do before it. */
  readonly remedy: string;
}

/** Days that are left, begun ones included; 0 from the end on. */
export function daysLeft(expires: number, now: number): number {
  return Math.max(0, Math.ceil((expires - now) / DAY_MS));
}

/** The threshold that has been passed last; undefined while none has. */
export function thresholdOf(expires: number, now: number): Threshold | undefined {
  const days = daysLeft(expires, now);
  return THRESHOLDS.find((threshold) => days <= threshold);
}
