import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { UNWATCHED } from "../../src/core/pulse.ts";
import { Notices } from "../../src/deliver/notices.ts";
import { Housekeeping } from "../../src/housekeeping.ts";
import { Space } from "../../src/ingest/space.ts";
import { openStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { Expiring } from "../../src/telemetry/expiring.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { Metrics } from "../../src/telemetry/metrics.ts";
import { received } from "../support/received.ts";

const MINUTE = 60_000;
const SETTINGS = { maxBytes: 1e9, retainMs: 1e9, sinks: ["siem"], forgetAfterMs: new Map() };

const onFatal = (error: unknown) => expect.fail(String(error));

describe("housekeeping", () => {
  let directory: string;
  let store: Store;
  let notices: Notices;
  let space: Space;
  let housekeeping: Housekeeping;
  let beats: number;
  let looks: number[];

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "housekeeping-"));
    store = openStore(join(directory, "state.db"), Date.now);
    await store.openSink("siem", "present");
    const log = createLog({ level: "error", format: "json" });
    notices = new Notices({ store, log, now: Date.now, onAppended: () => {} });
    notices.follow([{ name: "siem", selection: {} }]);
    space = new Space(store, SETTINGS, log, (notice) => notices.tell(notice));
    beats = 0;
    looks = [];
    const beat = async () => {
      beats += 1;
      notices.tell({ kind: "heartbeat", message: `beat ${beats}` });
    };
    const expiring = new Expiring({
      read: () => [],
      metrics: new Metrics(),
      log,
      now: Date.now,
      onExpiring: () => {},
    });
    housekeeping = new Housekeeping({
      store,
      space,
      notices,
      expiring,
      log,
      pulse: UNWATCHED,
      sample: async (now) => {
        looks.push(now);
      },
      takeUp: async () => {},
      beat,
      onFatal,
    });
    await housekeeping.start();
  });

  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it("has every stream tell of itself each five minutes", async () => {
    const start = Math.ceil(performance.now());
    for (let minute = 0; minute <= 11; minute += 1) {
      await vi.waitFor(async () => {
        housekeeping.tick(start + minute * MINUTE + 1_000);
        expect([...(await store.after(0, 10))]).toHaveLength(Math.floor(minute / 5));
      });
    }

    const events = [...(await store.after(0, 10))];
    expect(events).toMatchObject([{ notice: { message: "beat 1" } }, { notice: { message: "beat 2" } }]);
  });

  it("has every stream tell of itself while polling is paused, as far as there is a reserve", async () => {
    const start = Math.ceil(performance.now());
    const stream = { tenantId: "t1", source: "signIns" } as const;
    await store.openStream(stream, 0);
    await store.commit(stream, [received({ id: "a" })], {});
    const { bytes } = await store.status();
    space.follow({ ...SETTINGS, maxBytes: bytes / 2 });
    for (const minute of [0, 6, 12]) {
      const before = looks.length;
      await vi.waitFor(async () => {
        housekeeping.tick(start + minute * MINUTE);
        expect(looks.length).toBeGreaterThan(before);
        expect(space.isFull).toBe(true);
      });
    }
    expect(beats).toBe(0);

    space.follow({ ...SETTINGS, maxBytes: bytes / 1.05 });
    housekeeping.hasten();
    await vi.waitFor(async () => {
      housekeeping.tick(start + 13 * MINUTE);
      expect([beats, space.isFull]).toEqual([1, true]);
    });
  });

  it("hands on what is told last before it stops", async () => {
    notices.tell({ kind: "stopping", message: "bye" });

    await housekeeping.stop();

    expect([...(await store.after(0, 10))]).toMatchObject([{ notice: { kind: "stopping" } }]);
  });
});
