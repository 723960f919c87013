/**
 * The simulator's own clock and its unit of time. Graph compares times in ticks of 100 ns; a tick count since 2020 stays
 * exact in a number, one since 1970 does not.
 */
import { parseGraphTime } from "../core/time.ts";

const EPOCH_MS = Date.UTC(2020, 0, 1);
export const TICKS_PER_MS = 10_000;
const FRACTION = /\.(?<digits>\d+)/;

/** Graph's clock: the host's plus an offset that a test may change at any time. */
export class GraphClock {
  offsetMs: number;

  constructor(offsetMs: number) {
    this.offsetMs = offsetMs;
  }

  /** Epoch milliseconds. */
  now(): number {
    return Date.now() + this.offsetMs;
  }
}

/** Ticks since 2020 of a Graph timestamp with up to 7 fractional digits; undefined for anything that is not one. */
export function ticksOf(value: unknown): number | undefined {
  const ms = parseGraphTime(value);
  if (ms === undefined) return undefined;
  const digits = FRACTION.exec(String(value))?.groups?.["digits"] ?? "";
  return ticksOfMs(ms) + Number(`${digits}0000000`.slice(3, 7));
}

export function ticksOfMs(ms: number): number {
  return (ms - EPOCH_MS) * TICKS_PER_MS;
}

/** A timestamp as Graph writes it: up to 7 fractional digits, trailing zeros trimmed. */
export function formatTicks(ticks: number): string {
  const seconds = Math.floor(ticks / (1_000 * TICKS_PER_MS));
  const fraction = String(ticks - seconds * 1_000 * TICKS_PER_MS).padStart(7, "0");
  const whole = new Date(EPOCH_MS + seconds * 1_000).toISOString().slice(0, 19);
  const trimmed = fraction.replace(/0+$/, "");
  return trimmed === "" ? `${whole}Z` : `${whole}.${trimmed}Z`;
}
