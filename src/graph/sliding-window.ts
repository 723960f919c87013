/**
 * A request limit as a sliding window that Graph's own can never see exceeded. Pure: times are arguments, in
 * milliseconds of any monotonic clock.
 *
 * Graph counts a request somewhere between our sending it and its answer; where, we cannot know. So a request counts
 * here from its start until a full window (and a margin for clocks of unequal pace) after its end. Let g(i) be Graph's
 * time of request i: request i + limit starts only after end(i) + window ≥ g(i) + window, so Graph never finds more than
 * `limit` in any window, whatever the network does. The price is one round trip per window.
 */
export class SlidingWindow {
  readonly limit: number;
  private readonly lengthMs: number;
  private inFlight = 0;
  /** Ends of requests that still count, ascending. */
  private readonly ends: number[] = [];

  constructor(limit: number, lengthMs: number) {
    this.limit = limit;
    this.lengthMs = lengthMs;
  }

  /** The earliest time at which one more request may start; Infinity while that depends on requests in flight. */
  freeAt(now: number): number {
    const tooMany = this.used(now) - this.limit;
    if (tooMany < 0) return now;
    const leaving = this.ends[tooMany];
    return leaving === undefined ? Number.POSITIVE_INFINITY : leaving + this.lengthMs;
  }

  /** Requests that count now. */
  used(now: number): number {
    const first = this.ends.findIndex((end) => end + this.lengthMs > now);
    if (first !== 0) this.ends.splice(0, first === -1 ? this.ends.length : first);
    return this.inFlight + this.ends.length;
  }

  /** Those of them that still count at a later time, if nothing starts until then. */
  usedAt(later: number): number {
    return this.inFlight + this.ends.filter((end) => end + this.lengthMs > later).length;
  }

  /** Share of the limit that counts now. */
  share(now: number): number {
    return this.used(now) / this.limit;
  }

  /** As if the last requests that may be had ended just now: what a process before this one may have done. */
  fill(now: number): void {
    while (this.used(now) < this.limit) this.ends.push(now);
  }

  begin(): void {
    this.inFlight += 1;
  }

  end(now: number): void {
    this.inFlight -= 1;
    this.ends.push(now);
  }
}
