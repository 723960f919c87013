/** What a sink is given of a real log that it shares with another one. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { live } from "../../src/deliver/feed.ts";
import { SharedReads } from "../../src/deliver/shared-reads.ts";
import { openStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";

describe("a sink under a new name", () => {
  let directory: string;
  let store: Store;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "feed-"));
    store = openStore(join(directory, "state.db"), Date.now);
  });

  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it("gets what was for the old one alone, also where another sink has read it before", async () => {
    await store.openSink("old", "start");
    await store.announce([{ sink: "old", id: "1", time: 1, notice: { kind: "test", message: "for one" } }], 0);
    const reads = new SharedReads(store, () => true);
    await reads.after(0, 10);

    const feed = live(store, { name: "new", selection: {}, startFrom: "start", origin: { renamedFrom: "old" } }, reads);
    const { cursor } = await feed.open();
    const events = [...(await feed.after(cursor, 10))];

    expect(events.map((event) => feed.fateOf(event))).toEqual(["told"]);
  });
});
