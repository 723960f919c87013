/** Collectors that are slow but healthy: everything arrives, and little of it more than once. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UNWATCHED } from "../../src/core/pulse.ts";
import { live } from "../../src/deliver/feed.ts";
import { Pump } from "../../src/deliver/pump.ts";
import type { Sink } from "../../src/sinks/sink.ts";
import { openStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { Metrics } from "../../src/telemetry/metrics.ts";
import type { CollectorProcess } from "../support/collector.ts";
import { until } from "../support/poll.ts";
import { received } from "../support/received.ts";
import { isSyslogNgInstalled, type SyslogNg, startSyslogNg } from "../support/syslog-ng.ts";
import { syslogSink } from "../support/syslog-sink.ts";

const STREAM = { tenantId: "mine", source: "signIns" } as const;
const EVENTS = 600;
/** Messages a second; within the stall time a fifth of a full batch is read. */
const THROTTLE = 100;

let directory: string;
let store: Store;
let collector: SyslogNg | undefined;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "slow-"));
  store = openStore(join(directory, "state.db"), Date.now);
  await store.openStream(STREAM, 0);
});

afterEach(async () => {
  await collector?.process.stop();
  collector = undefined;
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

function pumpOf(sink: Sink): Pump {
  return new Pump({
    sink,
    format: { type: "test", format: ({ id }) => `#${id}# ${"x".repeat(400)}` },
    feed: live(store, { name: sink.name, selection: {}, startFrom: "start" }),
    room: () => store.deadLetterRoom(sink.name),
    pulse: UNWATCHED,
    log: createLog({ level: "error", format: "json" }),
    metrics: new Metrics(),
    tell: () => {},
    now: Date.now,
    random: () => 0,
  });
}

async function backlog(): Promise<number> {
  return (await store.status()).sinks[0]?.backlog ?? EVENTS;
}

/** How often each event was stored. */
async function stored(process: CollectorProcess): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const line of await process.lines()) {
    const id = /#(?<id>\d+)#/.exec(line)?.groups?.["id"] ?? "";
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

describe("a collector that reads slowly", () => {
  it("gets everything, in batches that it can read in time", async ({ skip }) => {
    if (!isSyslogNgInstalled()) skip("syslog-ng is not installed");
    collector = await startSyslogNg({ directory, throttle: THROTTLE });
    const ids = Array.from({ length: EVENTS }, (_, index) => String(index));
    await store.commit(
      STREAM,
      ids.map((id) => received({ id })),
      {},
    );
    const pump = pumpOf(syslogSink({ port: collector.octetPort, transport: "tcp", stallTimeout: "1s" }));

    await pump.start((error) => {
      throw error;
    });
    await until("everything is confirmed", async () => (await backlog()) === 0, 60_000);
    await pump.drain(5_000);

    const { process } = collector;
    await until("everything is stored", async () => (await stored(process)).size === EVENTS);
    const counts = await stored(process);
    const copies = [...counts.values()].reduce((sum, count) => sum + count, 0);
    expect([...counts.keys()].toSorted()).toEqual(ids.toSorted());
    expect(copies).toBeGreaterThan(EVENTS);
    expect(copies).toBeLessThan(3 * EVENTS);
  }, 90_000);
});
