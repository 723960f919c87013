/**
 * The requests of one tenant within one budget: one at a time, by priority, within the budget's window, and standing
 * still while Graph throttles. The governor decides when a lane may start its next request.
 */
import { backoffMs } from "../core/backoff.ts";
import { type Pulse, UNWATCHED } from "../core/pulse.ts";
import type { Priority } from "./graph-client.ts";
import type { SlidingWindow } from "./sliding-window.ts";

interface Waiter {
  readonly pulse: Pulse;
  readonly rank: number;
  readonly arrived: number;
  readonly start: () => void;
}

/** What the governor lets a lane do and what the lane tells it. */
export interface Gate {
  /** Something changed: a request waits, ended or went away. */
  changed(): void;
  began(): void;
  ended(): void;
}

const RANKS: Readonly<Record<Priority, number>> = { head: 0, reread: 1, sweep: 2 };
/** Every fifth turn goes to whoever waits longest, so that nothing waits for ever behind heads. */
const SHARE = 5;
const THROTTLE_BACKOFF = { baseMs: 1_000, capMs: 60_000 };

export class Lane {
  readonly window: SlidingWindow;
  private readonly gate: Gate;
  private readonly waiting = new Set<Waiter>();
  private isBusy = false;
  private turns = 0;
  private throttles = 0;
  private pausedUntil = 0;

  constructor(window: SlidingWindow, gate: Gate) {
    this.window = window;
    this.gate = gate;
  }

  /**
   * Runs `work` when its turn has come; `pulse` is told how long that may take. Throws what `work` throws, or the
   * signal's reason while waiting.
   */
  async run<T>(priority: Priority, signal: AbortSignal, work: () => Promise<T>, pulse = UNWATCHED): Promise<T> {
    await this.turn(priority, signal, pulse);
    try {
      return await work();
    } finally {
      this.isBusy = false;
      this.window.end(performance.now());
      this.gate.ended();
    }
  }

  /**
   * Graph throttled this lane: nothing starts for `askedMs`, or, where Graph asked for nothing, for a time that grows
   * with every throttled answer in a row. To be called from within `work`. Answers the pause in milliseconds.
   */
  throttled(askedMs: number): number {
    this.throttles += 1;
    const pause = Math.max(askedMs, backoffMs(this.throttles, THROTTLE_BACKOFF, Math.random));
    this.pausedUntil = performance.now() + pause;
    return pause;
  }

  accepted(): void {
    this.throttles = 0;
  }

  /** Requests since the start. */
  get requests(): number {
    return this.turns;
  }

  /** Throttled answers in a row; 0 once Graph accepts. */
  get throttledInARow(): number {
    return this.throttles;
  }

  get isWaiting(): boolean {
    return this.waiting.size > 0;
  }

  /** When the next request may start; Infinity while one is in flight. */
  freeAt(now: number): number {
    if (this.isBusy) return Number.POSITIVE_INFINITY;
    return Math.max(this.pausedUntil, this.window.freeAt(now));
  }

  /** Whoever waits is looked at again within so many milliseconds. */
  postpone(withinMs: number): void {
    for (const { pulse } of this.waiting) pulse.beat(withinMs);
  }

  /** Starts the next request. */
  grant(): void {
    const waiter = this.next();
    if (waiter === undefined) return;
    this.waiting.delete(waiter);
    this.turns += 1;
    this.isBusy = true;
    this.window.begin();
    this.gate.began();
    waiter.start();
  }

  private async turn(priority: Priority, signal: AbortSignal, pulse: Pulse): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { pulse, rank: RANKS[priority], arrived: performance.now(), start: resolve };
    const leave = () => {
      if (!this.waiting.delete(waiter)) return;
      reject(signal.reason);
      this.gate.changed();
    };
    signal.addEventListener("abort", leave, { once: true });
    this.waiting.add(waiter);
    this.gate.changed();
    await promise.finally(() => signal.removeEventListener("abort", leave));
  }

  private next(): Waiter | undefined {
    const isShare = (this.turns + 1) % SHARE === 0;
    return [...this.waiting].toSorted((a, b) => (isShare ? 0 : a.rank - b.rank) || a.arrived - b.arrived)[0];
  }
}
