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
  /** The one served longest ago comes first. */
  private lanes: Lane[] = [];
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
    const lane = new Lane(window, {
      changed: () => this.startWhatMay(),
      began: () => this.shared?.begin(),
      ended: () => {
        this.shared?.end(performance.now());
        this.startWhatMay();
      },
    });
    this.lanes.push(lane);
    return lane;
  }

  /** Starts every request that may start now and comes back when the next one may. */
  private startWhatMay(): void {
    clearTimeout(this.timer);
    let next = Number.POSITIVE_INFINITY;
    for (const lane of this.lanes.filter(({ isWaiting }) => isWaiting)) {
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

  private serve(lane: Lane): void {
    this.lanes = [...this.lanes.filter((other) => other !== lane), lane];
    lane.grant();
  }
}
