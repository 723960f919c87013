/**
 * The requests of one tenant within one budget: one at a time, by priority, within the budget's window, and standing
 * still while Graph throttles. The governor decides when a lane may start its next request.
 *
 * A window that re-reads have used up would keep a head waiting for as long as the window is. So a head is announced, and
 * what it needs of the window in which it comes is kept for it.
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
/** An announced head has come by then: ticks are a second apart, and its pages follow each other at once. */
const HEAD_COMES_MS = 2_000;
/** So much later than announced it may start: its last reading counts for a little longer than ten seconds. */
const HEAD_WAITS_MS = 500;
const THROTTLE_BACKOFF = { baseMs: 1_000, capMs: 60_000 };

export class Lane {
  readonly window: SlidingWindow;
  private readonly gate: Gate;
  private readonly waiting = new Set<Waiter>();
  private isBusy = false;
  private turns = 0;
  private throttles = 0;
  private pausedUntil = 0;
  /** The head that is announced, and how many requests are kept for it. */
  private coming = { at: 0, requests: 0 };
  /** Requests of heads since the last announcement. */
  private headTurns = 0;

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

  /** The next head comes at this time. It is taken to need as many requests as the last one; others keep one at least. */
  expectHead(at: number): void {
    this.coming = { at, requests: Math.min(this.headTurns, this.window.limit - 1) };
    this.headTurns = 0;
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
    return Math.max(this.pausedUntil, this.window.freeAt(now), this.keptUntil(now));
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
    if (waiter.rank === RANKS.head) this.countHead();
    this.isBusy = true;
    this.window.begin();
    this.gate.began();
    waiter.start();
  }

  private countHead(): void {
    this.headTurns += 1;
    this.coming.requests = Math.max(0, this.coming.requests - 1);
  }

  /** Until when the rest of the window is kept for the head that is announced. */
  private keptUntil(now: number): number {
    const { at, requests } = this.coming;
    const end = at + HEAD_COMES_MS;
    if (requests === 0 || now >= end || this.isHeadWaiting()) return now;
    const counting = this.window.usedAt(Math.max(now, at + HEAD_WAITS_MS));
    return counting + 1 + requests <= this.window.limit ? now : end;
  }

  private isHeadWaiting(): boolean {
    for (const { rank } of this.waiting) if (rank === RANKS.head) return true;
    return false;
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
