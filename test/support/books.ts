/** Holds every sink's books to their promise, as often as once a second, while a daemon works on the state. */
import { setTimeout as sleep } from "node:timers/promises";
import { openStoreReadOnly } from "../../src/store/sqlite/sqlite-store.ts";
import type { StoreStatus } from "../../src/store/store.ts";

const LOOK_MS = 1_000;

export class BookKeeper {
  /** How often the books were looked at. */
  looks = 0;
  /** What did not add up. */
  readonly errors: string[] = [];
  private readonly path: string;
  private readonly stopping = new AbortController();
  private watching: Promise<void> | undefined;

  constructor(path: string) {
    this.path = path;
  }

  start(): void {
    this.watching = this.watch();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.watching;
  }

  private async watch(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.look().catch((error: unknown) => this.errors.push(String(error)));
      await sleep(LOOK_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }

  private async look(): Promise<void> {
    const store = openStoreReadOnly(this.path);
    try {
      const errors = imbalances(await store.status());
      this.errors.push(...errors);
      this.looks += 1;
    } finally {
      await store.close();
    }
  }
}

/** Sinks whose books do not add up, and cursors that are not where the books say. */
function imbalances({ sinks }: StoreStatus): string[] {
  return sinks.flatMap(({ name, books }) => {
    const { accepted, delivered, filtered, rejected, missed, pending } = books;
    const isBalanced = accepted === delivered + filtered + rejected + missed + pending;
    const isPlausible = Object.values(books).every((count) => count >= 0);
    return isBalanced && isPlausible ? [] : [`${name}: ${JSON.stringify(books)}`];
  });
}
