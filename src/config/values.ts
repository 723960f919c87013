/**
 * Configuration values with a unit: durations as `90s`, `15m`, `24h`, `30d`, sizes as `500MB`, `10GB`. They stay as
 * written in the configuration, so that it can be shown, and are turned into numbers where they are used.
 */
import { z } from "zod";

const DURATION = /^(?<count>\d+(?:\.\d+)?)(?<unit>ms|s|m|h|d)$/;
const SIZE = /^(?<count>\d+(?:\.\d+)?)(?<unit>KB|MB|GB|TB)$/;
const DATE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/;
const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SIZE_UNITS: Readonly<Record<string, number>> = { KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

export interface DurationRange {
  readonly min: string;
  readonly max: string;
}

/** Whole milliseconds of a duration such as `90s`; NaN when it is not one. */
export function parseDuration(text: string): number {
  return parseQuantity(text, DURATION, DURATION_UNITS);
}

/** Whole bytes of a size such as `10GB`; NaN when it is not one. */
export function parseSize(text: string): number {
  return parseQuantity(text, SIZE, SIZE_UNITS);
}

/** A duration between two others, both included. */
export function duration({ min, max }: DurationRange) {
  const isWithin = (text: string) =>
    parseDuration(text) >= parseDuration(min) && parseDuration(text) <= parseDuration(max);
  const examples = ["500ms", "90s", "15m", "24h", "7d"].filter(isWithin).slice(-3).join(", ");
  const error = `a duration from ${min} to ${max}, such as ${examples}`;
  return z
    .string({ error: ({ input }) => (typeof input === "number" ? `${error} (add the unit: ${input}s)` : error) })
    .regex(DURATION, { error, abort: true })
    .refine(isWithin, { error });
}

/** A size of at least `min`. */
export function byteSize({ min }: { readonly min: string }) {
  const error = `a size of at least ${min}, such as 500MB or 10GB`;
  return z
    .string({ error })
    .regex(SIZE, { error, abort: true })
    .refine((text) => parseSize(text) >= parseSize(min), { error });
}

/** A day, which begins at 00:00 UTC, or a time with its zone. */
export function date(what: string) {
  const error = "a date such as 2027-03-01, or a time such as 2027-03-01T12:00:00Z";
  return z.string({ error }).regex(DATE, { error, abort: true }).refine(isInCalendar, { error }).describe(what);
}

/** The parser takes February 30 for March 2. */
function isInCalendar(text: string): boolean {
  const day = text.slice(0, 10);
  const time = Date.parse(day);
  return !Number.isNaN(Date.parse(text)) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

function parseQuantity(text: string, pattern: RegExp, units: Readonly<Record<string, number>>): number {
  const { count, unit = "" } = pattern.exec(text)?.groups ?? {};
  return Math.round(Number(count) * (units[unit] ?? Number.NaN));
}
