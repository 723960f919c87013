/**
 * Sinks that are at about the same place in the log: each event is read and parsed once for all of them. With one sink
 * nothing is kept, for what is kept outlives its use and costs the collector of garbage more than it saves.
 */
import type { LoggedEvent } from "../core/event.ts";
import type { Store } from "../store/store.ts";

/** Two batches: so far apart sinks of the same speed may be. */
const MOST_KEPT = 1_000;

export class SharedReads {
  private readonly store: Pick<Store, "after">;
  private readonly isShared: () => boolean;
  /** In the order of the log, as far as it goes. */
  private readonly kept = new Map<number, LoggedEvent>();

  constructor(store: Pick<Store, "after">, isShared: () => boolean) {
    this.store = store;
    this.isShared = isShared;
  }

  /** The log has changed: where a sink is renamed, what was for it alone has another name on it. */
  forget(): void {
    this.kept.clear();
  }

  /** Up to `limit` events behind a place; fewer where only their first are at hand. Errors are those of the store. */
  async after(seq: number, limit: number): Promise<Iterable<LoggedEvent>> {
    if (!this.isShared()) {
      this.kept.clear();
      return this.store.after(seq, limit);
    }
    const known = this.run(seq, limit);
    if (known.length > 0) return known;
    const events = [...(await this.store.after(seq, limit))];
    this.keep(events);
    return events;
  }

  /** What is kept right behind a place, without a gap: where one is, the log itself must say what is there. */
  private run(seq: number, limit: number): LoggedEvent[] {
    const events: LoggedEvent[] = [];
    for (let event = this.kept.get(seq + 1); event && events.length < limit; event = this.kept.get(event.seq + 1)) {
      events.push(event);
    }
    return events;
  }

  private keep(events: readonly LoggedEvent[]): void {
    for (const event of events) this.kept.set(event.seq, event);
    for (const seq of this.kept.keys()) {
      if (this.kept.size <= MOST_KEPT) return;
      this.kept.delete(seq);
    }
  }
}
