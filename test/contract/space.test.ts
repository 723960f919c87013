/** Room in the event log: who is warned, who waits, and what gives way, over the real store. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Space } from "../../src/ingest/space.ts";
import { openStoreBeside } from "../../src/store/sqlite/sqlite-operator-store.ts";
import { openStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import type { Metadata } from "../../src/telemetry/log.ts";
import { acknowledgement } from "../support/acknowledgement.ts";
import { received as receivedRecord } from "../support/received.ts";

const stream = { tenantId: "7c1f4f0e-2b6d-4a51-9f0c-000000000001", source: "signIns" } as const;
const NOW = Date.parse("2026-10-14T12:00:00Z");
const MAX_BYTES = 2_000_000;

describe("the room in the event log", () => {
  let directory: string;
  let store: Store;
  let space: Space;
  let told: { level: string; message: string; metadata: Metadata | undefined }[];
  let shown = 0;
  let received = NOW;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "space-"));
    received = NOW;
    store = openStore(join(directory, "state.db"), () => received);
    await store.openStream(stream, NOW);
    await store.openSink("siem", "start");
    told = [];
    const teller = (level: string) => (message: string, metadata?: Metadata) => told.push({ level, message, metadata });
    const log = { error: teller("error"), warn: teller("warn"), info: teller("info"), debug: teller("debug") };
    const settings = { maxBytes: MAX_BYTES, retainMs: 3_600_000, sinks: ["siem"], forgetAfterMs: new Map() };
    space = new Space(store, settings, log, () => {});
  });

  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function append(bytes: number): Promise<void> {
    const records = Array.from({ length: Math.ceil(bytes / 3_200) }, () => {
      shown += 1;
      return receivedRecord({ id: `record-${shown}`, text: "x".repeat(3_000) });
    });
    await store.commit(stream, records, {});
  }

  async function deliverAll(): Promise<void> {
    const [sink] = (await store.status()).sinks;
    const { cursor = 0, backlog = 0 } = sink ?? {};
    await store.acknowledge("siem", acknowledgement(cursor, cursor + backlog));
  }

  it("is warned of at a half and at four fifths, then reading pauses until the sink delivers", async () => {
    for (const bytes of [0.3, 0.25, 0.05, 0.2, 0.3]) {
      await append(bytes * MAX_BYTES);
      await space.look(NOW);
    }

    expect(space.isFull).toBe(true);
    expect(told.map(({ level, metadata }) => [level, metadata?.["sink"], metadata?.["code"]])).toEqual([
      ["warn", "siem", undefined],
      ["warn", "siem", undefined],
      ["error", "siem", "ERF5005"],
    ]);

    await deliverAll();
    await space.look(NOW);

    expect(space.isFull).toBe(false);
    expect((await store.status()).events).toBe(0);
    expect(told.at(-1)).toMatchObject({ level: "info", message: expect.stringContaining("room again") });
  });

  it("is made by what is delivered, whatever the host's clock said when it came", async () => {
    received = NOW + 365 * 86_400_000;
    await append(1.2 * MAX_BYTES);
    await deliverAll();

    await space.look(NOW);

    expect((await store.status()).events).toBe(0);
    expect(space.isFull).toBe(false);
    expect(told).toEqual([]);
  });

  it("is held by a replay too, which keeps what it has still to send", async () => {
    await append(0.9 * MAX_BYTES);
    await deliverAll();
    const operator = openStoreBeside(join(directory, "state.db"), () => NOW);
    await operator.requestReplay({ sink: "siem", since: 0 });
    await operator.close();
    await append(0.2 * MAX_BYTES);
    await deliverAll();

    await space.look(NOW);

    expect(space.isFull).toBe(true);
    expect(told.at(-1)).toMatchObject({ level: "error", metadata: { code: "ERF5005", sink: "siem" } });
    const [replay] = await store.replays();
    await store.acknowledgeReplay(replay!.id, acknowledgement(replay!.cursor, replay!.finish));
    await space.look(NOW);
    expect(space.isFull).toBe(false);
  });

  it("is held by no replay of which the log has nothing any more", async () => {
    await append(64_000);
    const rejected = [{ seq: 5, reason: "too large" }];
    await store.acknowledge("siem", acknowledgement(0, 20, rejected));
    await space.look(NOW + 3_700_000);
    const operator = openStoreBeside(join(directory, "state.db"), () => NOW);
    await operator.requestReplay({ sink: "siem", since: 0 });
    const [replay] = await store.replays();
    expect(replay).toMatchObject({ cursor: 4, finish: 20 });

    await store.acknowledgeReplay(replay!.id, acknowledgement(4, 5));
    expect(await store.replays()).toEqual([]);

    await operator.requestReplay({ sink: "siem", since: 0 });
    await operator.drop({ sink: "siem" });
    await operator.close();
    await store.prune({ before: Infinity, sinks: ["other"], forgetAfterMs: new Map() });
    expect(await store.replays()).toHaveLength(1);
    await store.openSink("other", "present");
    expect(await store.prune({ before: Infinity, sinks: ["other"], forgetAfterMs: new Map() })).toBe(1);
    await store.prune({ before: Infinity, sinks: ["other"], forgetAfterMs: new Map() });
    expect(await store.replays()).toEqual([]);
  });

  it("keeps what is delivered for its time where there is enough", async () => {
    await append(32_000);
    await deliverAll();

    await space.look(NOW + 3_500_000);
    expect((await store.status()).events).toBe(10);
    await space.look(NOW + 3_700_000);
    expect((await store.status()).events).toBe(0);
  });
});
