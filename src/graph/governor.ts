/**
 * Keeps Graph's request budgets. Lanes are one per tenant; where Graph also limits an app over all its tenants, its lanes
 * share a second window, and the lane that was served longest ago goes first, so no tenant starves another.
 */
import { Lane } from "./lane.ts";
import type { SlidingWindow } from "./sliding-window.ts";

/** Longer than a request takes with the token for it: by then a lane is free again, or stands still for a known time. */
const REQUEST_MS = 120_000;

export class Governor {
  private readonly shared: SlidingWindow | undefined;
  /** The turn of each lane's latest request, or of its making: the lowest was served longest ago. */
  private readonly served = new Map<Lane, number>();
  private turns = 0;
  /** Lanes with requests that wait: a few, where an app has hundreds of lanes. */
  private readonly waiting = new Set<Lane>();
  private timer: NodeJS.Timeout | undefined;

  /** `shared` is the limit over all lanes, if there is one. */
  constructor(shared?: SlidingWindow) {
    this.shared = shared;
  }

  /** Share of the limit over all lanes that is used; undefined where there is none. */
  used(now: number): number | undefined {
    return this.shared?.share(now);
  }

  /** A new lane with its own window. */
  lane(window: SlidingWindow): Lane {
    const lane: Lane = new Lane(window, {
      changed: () => {
        this.waiting.add(lane);
        this.startWhatMay();
      },
      began: () => this.shared?.begin(),
      ended: () => {
        this.shared?.end(performance.now());
        this.startWhatMay();
      },
    });
    this.noteTurn(lane);
    return lane;
  }

  /** Starts every request that may start now and comes back when the next one may. */
  private startWhatMay(): void {
    clearTimeout(this.timer);
    let next = Number.POSITIVE_INFINITY;
    for (const lane of this.inTurn()) {
      const now = performance.now();
      const freeAt = Math.max(lane.freeAt(now), this.shared?.freeAt(now) ?? now);
      const isPaused = freeAt > now && freeAt !== Number.POSITIVE_INFINITY;
      if (freeAt <= now) this.serve(lane);
      else next = Math.min(next, freeAt);
      lane.postpone(isPaused ? freeAt - now : REQUEST_MS);
    }
    if (next === Number.POSITIVE_INFINITY) return;
    this.timer = setTimeout(() => this.startWhatMay(), Math.ceil(next - performance.now()));
  }

  /** The waiting lanes, the one served longest ago first. */
  private inTurn(): Lane[] {
    for (const lane of this.waiting) if (!lane.isWaiting) this.waiting.delete(lane);
    return [...this.waiting].toSorted((a, b) => this.turnOf(a) - this.turnOf(b));
  }

  private turnOf(lane: Lane): number {
    return this.served.get(lane) ?? 0;
  }

  private noteTurn(lane: Lane): void {
    this.turns += 1;
    this.served.set(lane, this.turns);
  }

  private serve(lane: Lane): void {
    this.noteTurn(lane);
    lane.grant();
  }
}
