/**
 * Knows since when the event loop may have been too busy to see what arrived, so that a busy host is never taken for a
 * client that sends too fast.
 */
import type { Arrival } from "./limits.ts";

const TICK_MS = 10;

export class Stalls {
  private timer: NodeJS.Timeout | undefined;
  private lastTick = 0;
  private blindSince = 0;

  start(): void {
    this.lastTick = performance.now();
    this.blindSince = this.lastTick;
    this.timer = setInterval(() => this.tick(), TICK_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** The arrival of a request that is seen now. */
  arrival(): Arrival {
    const at = performance.now();
    return { at, earliest: Math.min(at, this.blindSince) };
  }

  /** Timers run before sockets: what is seen until the next tick may have waited since the one before this. */
  private tick(): void {
    this.blindSince = this.lastTick;
    this.lastTick = performance.now();
  }
}
