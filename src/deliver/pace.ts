/**
 * How fast one sink may send: so many messages in any second. Pure: times are arguments, in milliseconds of any
 * monotonic clock. One sink has one pace, however many loops send to it.
 *
 * A collector counts a message somewhere between our handing it over and the end of that send; where, we cannot know.
 * So a batch counts from its begin until a second after its end, whether it went well or not.
 */

const WINDOW_MS = 1_000;
/** A second has room for so many batches at least: with larger ones much of it would stay unused. */
const BATCHES = 4;
/** When to ask again while the room depends on a batch that is still under way. */
const ASK_AGAIN_MS = 50;

export class Pace {
  /** Messages that a batch may have. */
  readonly maxBatch: number;
  private readonly limit: number;
  private underWay = 0;
  /** Batches that have ended and still count, oldest first. */
  private ended: { readonly messages: number; readonly until: number }[] = [];

  /** `limit`: messages a second, at least 1. `largest`: what the sink itself takes at a time. */
  constructor(limit: number, largest: number) {
    this.limit = limit;
    this.maxBatch = Math.max(1, Math.floor(limit / Math.max(BATCHES, Math.ceil(limit / largest))));
  }

  /**
   * How long to wait before a batch may begin; 0: now. The room must be that of the largest batch, so that small ones
   * of one loop do not keep a larger one of another waiting for ever.
   */
  waitMs(now: number): number {
    this.ended = this.ended.filter(({ until }) => until > now);
    let used = this.underWay;
    for (const { messages } of this.ended) used += messages;
    if (used + this.maxBatch <= this.limit) return 0;
    for (const { messages, until } of this.ended) {
      used -= messages;
      if (used + this.maxBatch <= this.limit) return until - now;
    }
    return ASK_AGAIN_MS;
  }

  begin(messages: number): void {
    this.underWay += messages;
  }

  end(messages: number, now: number): void {
    this.underWay -= messages;
    this.ended.push({ messages, until: now + WINDOW_MS });
  }
}
