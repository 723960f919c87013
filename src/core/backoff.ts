/** Pure back-off: how long to wait after the n-th failure in a row. Randomness is an argument. */

export interface BackoffLimits {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * Full jitter: uniform between half and all of min(cap, base × 2^(failures−1)), in milliseconds. The lower half is
 * left out so that a failing collector is never hammered by a lucky draw.
 */
export function backoffMs(failures: number, limits: BackoffLimits, random: () => number): number {
  if (failures <= 0) return 0;
  const ceiling = Math.min(limits.capMs, limits.baseMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}
