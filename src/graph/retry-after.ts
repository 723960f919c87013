/** How long the other side asks to wait. */
import type { Answer } from "./http.ts";

const LONGEST_WAIT_MS = 3_600_000;

/**
 * `Retry-After` in milliseconds, as seconds or an HTTP-date, at most an hour; 0 when absent, past or unreadable. A date
 * is compared with the answer's own `Date`, so a wrong host clock does no harm.
 */
export function retryAfterMs({ header }: Answer): number {
  const value = header("retry-after")?.trim() ?? "";
  const wait = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1_000 : untilDate(value, header("date"));
  return Number.isNaN(wait) ? 0 : Math.min(Math.max(0, Math.ceil(wait)), LONGEST_WAIT_MS);
}

function untilDate(value: string, date: string | undefined): number {
  const present = Date.parse(date ?? "");
  return Date.parse(value) - (Number.isNaN(present) ? Date.now() : present);
}
