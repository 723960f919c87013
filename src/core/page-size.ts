/**
 * How large a page a stream asks for. Pure. It halves when an answer cannot be read and doubles again after a row of
 * good ones: a gateway that cuts large answers costs requests, not records.
 */

export interface PageSize {
  readonly top: number;
  /** Good answers in a row at this size. */
  readonly successes: number;
}

const WIDEN_AFTER = 10;

export function narrowed({ top }: PageSize): PageSize {
  return { top: Math.max(1, Math.floor(top / 2)), successes: 0 };
}

export function widened({ top, successes }: PageSize, max: number): PageSize {
  if (successes + 1 < WIDEN_AFTER) return { top, successes: successes + 1 };
  return { top: Math.min(max, top * 2), successes: 0 };
}
