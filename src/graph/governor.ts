/**
 * Keeps Graph's request budgets. Lanes are one per tenant; where Graph also limits an app over all its tenants, its lanes
 * share a second window and take turns in the order in which they came to wait, so no tenant starves another.
 */
import { Lane } from "./lane.ts";
import type { SlidingWindow } from "./sliding-window.ts";

export class Governor {
  private readonly shared: SlidingWindow | undefined;
  private readonly lanes: Lane[] = [];
  private timer: NodeJS.Timeout | undefined;

  /** `shared` is the limit over all lanes, if there is one. */
  constructor(shared?: SlidingWindow) {
    this.shared = shared;
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
    const queue = this.lanes
      .map((lane) => ({ lane, since: lane.waitingSince() }))
      .filter((entry): entry is { lane: Lane; since: number } => entry.since !== undefined)
      .toSorted((a, b) => a.since - b.since);
    let next = Number.POSITIVE_INFINITY;
    for (const { lane } of queue) {
      const now = performance.now();
      const freeAt = Math.max(lane.freeAt(now), this.shared?.freeAt(now) ?? now);
      if (freeAt <= now) lane.grant();
      else next = Math.min(next, freeAt);
    }
    if (next === Number.POSITIVE_INFINITY) return;
    this.timer = setTimeout(() => this.startWhatMay(), Math.ceil(next - performance.now()));
  }
}
