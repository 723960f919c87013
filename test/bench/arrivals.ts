/** When each event came to lie in the collector's file, and so how long it took from Graph to there. */
import { until } from "../support/poll.ts";
import type { Stored } from "../support/stored.ts";
import type { Visible } from "./graph-process.ts";

/** So much a time may be too late: little, where an interval is ten seconds. */
const LOOK_MS = 25;
const DEADLINE_MS = 180_000;

export class Arrivals {
  private readonly stored: Stored;
  /** Epoch milliseconds by identity. */
  private readonly times = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(stored: Stored) {
    this.stored = stored;
  }

  start(): void {
    this.timer = setInterval(() => this.look(), LOOK_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** The lags in seconds, once all has arrived; throws when something does not. */
  async lagsOf(visible: readonly Visible[]): Promise<number[]> {
    await until("all that became visible is stored", () => this.haveAll(visible), DEADLINE_MS);
    return visible.map(({ identity, visibleAt }) => ((this.times.get(identity) ?? Number.NaN) - visibleAt) / 1_000);
  }

  private haveAll(visible: readonly Visible[]): boolean {
    return visible.every(({ identity }) => this.times.has(identity));
  }

  private look(): void {
    const before = this.times.size;
    if (this.stored.read() === before) return;
    const now = Date.now();
    for (const identity of this.stored.identities.slice(before)) this.times.set(identity, now);
  }
}
