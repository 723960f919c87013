/** Configuration values with a unit: durations as `90s`, `15m`, `24h`, `30d`, sizes as `500MB`, `10GB`. */
import { z } from "zod";

const DURATION_UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SIZE_UNITS = { KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 } as const;

export interface DurationRange {
  readonly min: string;
  readonly max: string;
}

/** Milliseconds of a duration such as `90s`; undefined when it is not one. */
export function parseDuration(text: string): number | undefined {
  const parts = /^(?<count>\d+(?:\.\d+)?)(?<unit>ms|s|m|h|d)$/.exec(text)?.groups;
  if (parts === undefined) return undefined;
  return Number(parts["count"]) * DURATION_UNITS[parts["unit"] as keyof typeof DURATION_UNITS];
}

/** A duration between two others, both included; parsed to milliseconds. */
export function duration({ min, max }: DurationRange) {
  const expected = `a duration from ${min} to ${max}, such as 90s, 15m, 24h or 7d`;
  return z
    .string({ error: `expected ${expected}` })
    .regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, { error: `expected ${expected}`, abort: true })
    .refine((text) => isBetween(parseDuration(text), parseDuration(min), parseDuration(max)), {
      error: `expected ${expected}`,
    })
    .transform((text) => parseDuration(text) ?? 0);
}

/** A size such as `10GB`; parsed to bytes. */
export function byteSize() {
  const expected = "expected a size such as 500MB or 10GB";
  return z
    .string({ error: expected })
    .regex(/^\d+(\.\d+)?(KB|MB|GB|TB)$/, { error: expected, abort: true })
    .transform((text) => Number.parseFloat(text) * SIZE_UNITS[text.slice(-2) as keyof typeof SIZE_UNITS]);
}

function isBetween(value = Number.NaN, min = 0, max = 0): boolean {
  return value >= min && value <= max;
}
