/** Holds every sink's books to their promise once a second, while a daemon works on the state, is killed and started. */
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { TransientError } from "../../src/core/errors.ts";
import { openStoreReadOnly } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store, StoreStatus } from "../../src/store/store.ts";

const LOOK_MS = 1_000;

export class BookKeeper {
  /** How often the books were looked at. */
  looks = 0;
  /** What did not add up. */
  readonly errors: string[] = [];
  private readonly path: string;
  private readonly stopping = new AbortController();
  private store: Store | undefined;
  private watching: Promise<void> | undefined;

  constructor(path: string) {
    this.path = path;
  }

  start(): this {
    this.watching = this.watch();
    return this;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.watching;
    await this.store?.close();
    this.store = undefined;
  }

  private async watch(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      if (existsSync(this.path)) await this.look();
      await sleep(LOOK_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }

  private async look(): Promise<void> {
    try {
      this.store ??= openStoreReadOnly(this.path);
      this.errors.push(...imbalances(await this.store.status()));
      this.looks += 1;
    } catch (error) {
      // A state that is being recovered is looked at again a second later.
      if (!(error instanceof TransientError)) this.errors.push(String(error));
    }
  }
}

/** Sinks whose books do not add up. */
function imbalances({ sinks }: StoreStatus): string[] {
  return sinks.flatMap(({ name, books }) => {
    const { accepted, delivered, filtered, rejected, missed, pending } = books;
    const isBalanced = accepted === delivered + filtered + rejected + missed + pending;
    const isPlausible = Object.values(books).every((count) => count >= 0);
    return isBalanced && isPlausible ? [] : [`${name}: ${JSON.stringify(books)}`];
  });
}
