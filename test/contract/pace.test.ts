/** The rate of a sink, as a RELP collector counts it: in one loop, in two that share it, after failures, in a drain. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UNWATCHED } from "../../src/core/pulse.ts";
import { live } from "../../src/deliver/feed.ts";
import { Pace } from "../../src/deliver/pace.ts";
import { Pump } from "../../src/deliver/pump.ts";
import type { Selection } from "../../src/deliver/selection.ts";
import type { Sink } from "../../src/sinks/sink.ts";
import { openStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { Metrics } from "../../src/telemetry/metrics.ts";
import { until } from "../support/poll.ts";
import { received } from "../support/received.ts";
import { agreeable, RelpServer } from "../support/relp-server.ts";
import { relpSink } from "../support/relp-sink.ts";

const mine = { tenantId: "mine", source: "signIns" } as const;
const foreign = { tenantId: "foreign", source: "signIns" } as const;
const RATE = 40;

/** A sink under another name: a second cursor over the same way to the collector. */
function named(sink: Sink, name: string): Sink {
  return {
    ...sink,
    name,
    send: sink.send.bind(sink),
    flush: sink.flush.bind(sink),
    probe: sink.probe.bind(sink),
    close: sink.close.bind(sink),
  };
}

/** The most messages of any second. Taken before the answer is sent, so a busy machine makes no second fuller. */
function fullest(times: readonly number[]): number {
  return Math.max(...times.map((start) => times.filter((time) => time >= start && time < start + 1_000).length));
}

describe("a sink with a rate", () => {
  let directory: string;
  let store: Store;
  let server: RelpServer;
  let port: number;
  let times: number[];
  let pace: Pace;
  let refusals: number;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "pace-"));
    store = openStore(join(directory, "state.db"), Date.now);
    times = [];
    refusals = 0;
    server = new RelpServer((frame, socket) => {
      if (frame.command === "syslog") times.push(performance.now());
      if (frame.command !== "syslog" || refusals === 0) return agreeable(frame);
      refusals -= 1;
      socket.destroy();
      return undefined;
    });
    port = await server.start();
    pace = new Pace(RATE, relpSink({ port }).maxBatch);
    for (const stream of [mine, foreign]) await store.openStream(stream, 0);
  });

  afterEach(async () => {
    await server.stop();
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function append(stream: typeof mine | typeof foreign, count: number): Promise<void> {
    const ids = Array.from({ length: count }, (_, index) => String(index));
    await store.commit(
      stream,
      ids.map((id) => received({ id })),
      {},
    );
  }

  async function startPump(name: string, selection: Selection = {}): Promise<Pump> {
    const pump = new Pump({
      sink: named(relpSink({ port, stallTimeout: "5s" }), name),
      format: { type: "test", format: ({ id }) => id },
      feed: live(store, { name, selection, startFrom: "start" }),
      room: () => store.deadLetterRoom(name),
      pace,
      pulse: UNWATCHED,
      log: createLog({ level: "error", format: "json" }),
      metrics: new Metrics(),
      tell: () => {},
      now: Date.now,
      random: () => 0,
    });
    await pump.start((error) => {
      throw error;
    });
    return pump;
  }

  const backlogs = async () => (await store.status()).sinks.map(({ backlog }) => backlog);
  const allDelivered = () => until("all is delivered", async () => (await backlogs()).every((left) => left === 0));

  it("gets no more in any second, and all of it", async () => {
    await append(mine, 3 * RATE);
    const pump = await startPump("one");

    await allDelivered();

    expect(times).toHaveLength(3 * RATE);
    expect(fullest(times)).toBeLessThanOrEqual(RATE);
    await pump.drain(1_000);
  });

  it("shares it between two loops, neither of which waits for the other's end", async () => {
    await append(mine, 2 * RATE);
    const pumps = [await startPump("live"), await startPump("again")];
    await until("both are at it", async () => (await backlogs()).every((left) => left < 2 * RATE && left > 0));

    await allDelivered();

    expect(times).toHaveLength(4 * RATE);
    expect(fullest(times)).toBeLessThanOrEqual(RATE);
    for (const pump of pumps) await pump.drain(1_000);
  });

  it("counts what is sent again", async () => {
    await append(mine, RATE);
    refusals = 5;
    const pump = await startPump("one");

    await allDelivered();

    expect(refusals).toBe(0);
    expect(times.length).toBeGreaterThan(RATE);
    expect(fullest(times)).toBeLessThanOrEqual(RATE);
    await pump.drain(1_000);
  });

  it("does not wait for what it leaves out", async () => {
    await append(foreign, 100 * RATE);
    await append(mine, RATE / 2);
    const pump = await startPump("one", { tenantIds: ["mine"] });

    // At the rate it would take a hundred seconds.
    await allDelivered();

    expect(times).toHaveLength(RATE / 2);
    await pump.drain(1_000);
  });

  it("delivers in a drain what fits, and the next start goes on from there", async () => {
    await append(mine, 10 * RATE);
    const first = await startPump("one");
    await until("it has begun", () => times.length > 0);

    await first.drain(2_000);

    const before = times.length;
    expect(before).toBeLessThan(10 * RATE);
    expect(await backlogs()).toEqual([10 * RATE - before]);
    pace = new Pace(100_000, relpSink({ port }).maxBatch);
    const second = await startPump("one");
    await allDelivered();
    expect(times).toHaveLength(10 * RATE);
    await second.drain(1_000);
  });
});
