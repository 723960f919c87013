/**
 * Graph's clock as one tenant sees it: the latest `Date` header plus the monotonic time since. The host's clock, which
 * may be wrong by hours, is not part of it.
 */
export class GraphClock {
  private latest: { readonly date: number; readonly seenAt: number } | undefined;

  /**
   * Takes the `Date` header of an answer, errors included, that came at a moment of the monotonic clock. Answers it in
   * epoch milliseconds; undefined if unreadable.
   */
  observe(header: string | undefined, seenAt: number): number | undefined {
    const date = header === undefined ? Number.NaN : Date.parse(header);
    if (Number.isNaN(date)) return undefined;
    this.latest = { date, seenAt };
    return date;
  }

  /** The present in epoch milliseconds; undefined before the first answer. */
  now(): number | undefined {
    if (this.latest === undefined) return undefined;
    return this.latest.date + Math.floor(performance.now() - this.latest.seenAt);
  }
}
