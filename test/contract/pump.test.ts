/** The pump over a real state file, with a sink of the test's own: it confirms late, as the syslog sink does. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TransientError } from "../../src/core/errors.ts";
import type { Message, Receipt } from "../../src/core/event.ts";
import { UNWATCHED } from "../../src/core/pulse.ts";
import { type Feed, live } from "../../src/deliver/feed.ts";
import { Pump, type PumpParts } from "../../src/deliver/pump.ts";
import type { Selection } from "../../src/deliver/selection.ts";
import type { Sink } from "../../src/sinks/sink.ts";
import { openStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { Metrics } from "../../src/telemetry/metrics.ts";
import { until } from "../support/poll.ts";
import { received } from "../support/received.ts";
import { agreeable, RelpServer, rsp } from "../support/relp-server.ts";
import { relpSink } from "../support/relp-sink.ts";

const signIns = { tenantId: "mine", source: "signIns" } as const;
const foreign = { tenantId: "foreign", source: "signIns" } as const;

class LateSink implements Sink {
  readonly name = "late";
  readonly guarantee = "confirmed-late";
  readonly maxTextBytes = 1_000;
  readonly maxBatch = 500;
  readonly sent: number[] = [];
  flushes = 0;
  private readonly delayMs: number;
  private trailing: number | undefined;

  constructor(delayMs = 0) {
    this.delayMs = delayMs;
  }

  async send(batch: readonly Message[]): Promise<Receipt> {
    await sleep(this.delayMs);
    const confirmed = this.trailing;
    this.sent.push(...batch.map(({ seq }) => seq));
    this.trailing = batch.at(-1)?.seq;
    return { ...(confirmed === undefined ? {} : { confirmed }), rejected: [] };
  }

  async flush(): Promise<Receipt> {
    this.flushes += 1;
    const confirmed = this.trailing;
    this.trailing = undefined;
    return { ...(confirmed === undefined ? {} : { confirmed }), rejected: [] };
  }

  async probe(): Promise<void> {}

  async close(): Promise<void> {}
}

/** Answers for each message by itself, and hangs up after so many. */
class PartialSink implements Sink {
  readonly name = "partial";
  readonly guarantee = "acknowledged";
  readonly maxTextBytes = 1_000;
  readonly maxBatch = 500;
  readonly sizes: number[] = [];
  private readonly perCall: number;

  constructor(perCall: number) {
    this.perCall = perCall;
  }

  async send(batch: readonly Message[]): Promise<Receipt> {
    this.sizes.push(batch.length);
    const confirmed = batch[Math.min(this.perCall, batch.length) - 1]!.seq;
    if (batch.length <= this.perCall) return { confirmed, rejected: [] };
    return { confirmed, rejected: [], failure: new TransientError("ERF4003", "hung up") };
  }

  async flush(): Promise<Receipt> {
    return { rejected: [] };
  }

  async probe(): Promise<void> {}

  async close(): Promise<void> {}
}

/** Formats any event but 1 and 3. */
function refuse(id: string): string {
  if (id === "1" || id === "3") throw new Error("cannot be formatted");
  return id;
}

/** Its collector is down. */
class DeadSink extends LateSink {
  attempts = 0;

  override async send(): Promise<Receipt> {
    this.attempts += 1;
    throw new TransientError("ERF4001", "nobody there");
  }
}

function isOdd(frame: string): boolean {
  return frame.endsWith("#odd") || frame.endsWith("#odd too");
}

function fail(error: unknown): never {
  throw error;
}

describe("pump", () => {
  let directory: string;
  let store: Store;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "pump-"));
    store = openStore(join(directory, "state.db"), Date.now);
    for (const stream of [signIns, foreign]) await store.openStream(stream, 0);
  });

  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function append(stream: typeof signIns | typeof foreign, from: number, count: number): Promise<void> {
    const ids = Array.from({ length: count }, (_, index) => String(from + index));
    await store.commit(
      stream,
      ids.map((id) => received({ id })),
      {},
    );
  }

  function pumpOf(sink: Sink, selection: Selection = {}, changes: Partial<Feed> = {}): Pump {
    const parts = partsOf(sink, selection);
    return new Pump({ ...parts, feed: { ...parts.feed, ...changes } });
  }

  function partsOf(sink: Sink, selection: Selection = {}): PumpParts {
    return {
      sink,
      format: { type: "test", format: ({ id }) => id },
      feed: live(store, { name: sink.name, selection, startFrom: "start" }),
      room: () => store.deadLetterRoom(sink.name),
      pulse: UNWATCHED,
      log: createLog({ level: "error", format: "json" }),
      metrics: new Metrics(),
      tell: () => {},
      now: Date.now,
      random: Math.random,
    };
  }

  it("sends what it packed while it was appended, and reads from the log what it did not", async () => {
    const reads: number[] = [];
    let pumps: readonly Pump[] = [];
    await store.close();
    const onAppending = () => pumps[0]?.follower() ?? { appended: () => {}, committed: () => {} };
    store = openStore(join(directory, "state.db"), Date.now, { onAppending });
    await append(signIns, 0, 3);
    const sink = new LateSink();
    const { feed } = partsOf(sink);
    const noting = async (seq: number, limit: number) => {
      const events = [...(await feed.after(seq, limit))];
      reads.push(...events.map((event) => event.seq));
      return events;
    };
    const pump = pumpOf(sink, {}, { after: noting });
    pumps = [pump];
    await append(signIns, 3, 300);
    await pump.start(fail);
    await append(signIns, 303, 300);
    pump.notify();
    await until("everything is confirmed", async () => (await sinkStatus()).backlog === 0);
    await pump.drain(1_000);

    expect(reads).toEqual([1, 2, 3]);
    expect(sink.sent).toEqual(Array.from({ length: 603 }, (_, index) => 1 + index));
  });

  const sinkStatus = async () => (await store.status()).sinks[0]!;

  it("keeps what a broken batch confirmed, and does not wait longer each time that some got through", async () => {
    await append(signIns, 0, 400);
    const sink = new PartialSink(20);
    const pump = pumpOf(sink);
    await pump.start(fail);

    await until("everything is confirmed", async () => (await sinkStatus()).backlog === 0, 25_000);

    expect(sink.sizes).toEqual(Array.from({ length: 20 }, (_, index) => 400 - index * 20));
    await pump.drain(1_000);
  });

  it("learns by a test record that messages refused together are each refused for their own sake", async () => {
    const server = new RelpServer((frame) =>
      frame.command === "syslog" && isOdd(frame.data) ? rsp(frame, "500 no") : agreeable(frame),
    );
    const sink = relpSink({ host: "127.0.0.1", port: await server.start() });
    const format = { type: "test", format: ({ id }: { id: string }) => `#${id}` };
    for (const id of ["odd", "odd too"]) await store.commit(signIns, [received({ id })], {});
    await append(foreign, 0, 300);
    const pump = new Pump({ ...partsOf(sink, { tenantIds: ["mine"] }), format });
    await pump.start(fail);
    await until("it is parked", async () => (await sinkStatus()).health.trouble?.code === "ERF4010");
    await append(signIns, 0, 1);
    pump.retry();
    await until("the log is delivered", async () => (await sinkStatus()).backlog === 0);
    await pump.drain(1_000);
    await server.stop();

    expect(await sinkStatus()).toMatchObject({ deadLetters: 2, books: { delivered: 1, filtered: 300, rejected: 2 } });
    expect(server.frames.filter(({ command, data }) => command === "syslog" && !isOdd(data))).toHaveLength(2);
  });

  it("learns by the same that a collector refuses everything, and keeps all events", async () => {
    const server = new RelpServer((frame) => (frame.command === "syslog" ? rsp(frame, "500 no") : agreeable(frame)));
    const sink = relpSink({ host: "127.0.0.1", port: await server.start() });
    await append(signIns, 0, 3);
    const pump = pumpOf(sink);
    await pump.start(fail);
    await until("it is parked", async () => (await sinkStatus()).health.trouble?.code === "ERF4010");
    pump.retry();
    await until("it was tried again", async () => (await sinkStatus()).health.failures === 2);
    await pump.release(1_000);
    await server.stop();

    expect(await sinkStatus()).toMatchObject({ backlog: 3, deadLetters: 0 });
  });

  it("stands still before the first dead letter that there is no room for, and goes on when there is", async () => {
    await append(signIns, 0, 5);
    await store.openSink("partial", "start");
    const sink = new PartialSink(500);
    let room = 1;
    const format = { type: "test", format: ({ id }: { id: string }) => refuse(id) };
    const pump = new Pump({ ...partsOf(sink), format, room: async () => room });

    await pump.start(fail);
    await until("it stands still", async () => (await sinkStatus()).health.trouble?.code === "ERF4011");

    expect(await sinkStatus()).toMatchObject({
      cursor: 3,
      deadLetters: 1,
      books: { delivered: 2, rejected: 1, pending: 2 },
    });
    expect(sink.sizes).toEqual([3]);
    room = 2;
    pump.retry();
    await until("it goes on", async () => (await sinkStatus()).books.pending === 0);
    expect(await sinkStatus()).toMatchObject({ deadLetters: 2, books: { delivered: 3, rejected: 2 } });
    await pump.drain(1_000);
  });

  it("repeats nothing after a clean stop with a backlog", async () => {
    await append(signIns, 0, 12_000);
    const sink = new LateSink(250);
    const first = pumpOf(sink);
    await first.start(fail);
    await until("a few batches are sent", () => sink.sent.length >= 1_000);

    await first.drain(2_000);

    expect(sink.sent.length).toBeLessThan(12_000);
    expect((await sinkStatus()).cursor).toBe(sink.sent.at(-1));
    const quick = new LateSink();
    const second = pumpOf(quick);
    await second.start(fail);
    await until("the rest is sent", () => sink.sent.length + quick.sent.length >= 12_000);
    await second.drain(10_000);
    expect([...sink.sent, ...quick.sent]).toEqual(Array.from({ length: 12_000 }, (_, index) => index + 1));
  });

  it("that is released confirms what was sent, sends nothing more, and another goes on behind it", async () => {
    await append(signIns, 0, 12_000);
    const sink = new LateSink(100);
    const pump = pumpOf(sink);
    await pump.start(fail);
    await until("a few batches are sent", () => sink.sent.length >= 1_000);
    const before = sink.sent.length;

    await pump.release(10_000);

    expect(sink.sent.length).toBeLessThanOrEqual(before + 500);
    expect((await sinkStatus()).cursor).toBe(sink.sent.at(-1));
    const other = new LateSink();
    const successor = pumpOf(other);
    await successor.start(fail);
    await until("the rest is sent", () => sink.sent.length + other.sent.length >= 12_000);
    await successor.drain(20_000);
    expect([...sink.sent, ...other.sent]).toEqual(Array.from({ length: 12_000 }, (_, index) => index + 1));
  });

  it("that waits for a dead collector is released at once", async () => {
    await append(signIns, 0, 1);
    const sink = new DeadSink();
    const pump = pumpOf(sink);
    await pump.start(fail);
    await until("it waits for longer than a moment", () => sink.attempts >= 4);

    await pump.release(3_600_000);

    expect((await sinkStatus()).backlog).toBe(1);
  });

  it("gets its cursor later when the state cannot be written at first", async () => {
    await append(signIns, 0, 5);
    const sink = new LateSink();
    const feed = live(store, { name: sink.name, selection: {}, startFrom: "start" });
    let attempts = 0;
    const pump = pumpOf(
      sink,
      {},
      {
        open: () => {
          attempts += 1;
          return attempts < 3 ? Promise.reject(new TransientError("ERF5004", "disk full")) : feed.open();
        },
      },
    );
    await pump.start(fail);

    await until("all five are delivered", () => sink.sent.length === 5);
    await pump.drain(5_000);
    expect(attempts).toBe(3);
  });

  it("is confirmed a second after its last event although others of the log go on", async () => {
    const sink = new LateSink();
    const pump = pumpOf(sink, { tenantIds: ["mine"] });
    await pump.start(fail);
    await append(signIns, 0, 1);
    pump.notify();
    for (let n = 0; sink.flushes === 0 && n < 100; n += 1) {
      await append(foreign, n, 1);
      pump.notify();
      await sleep(100);
    }

    expect(sink.flushes).toBe(1);
    expect((await sinkStatus()).cursor).toBeGreaterThanOrEqual(1);
    await pump.drain(5_000);
    expect((await sinkStatus()).backlog).toBe(0);
  });

  it("clears the trouble of an earlier run with its first success", async () => {
    await store.openSink("late", "start");
    await store.saveSinkHealth("late", { condition: "blocked", failures: 9 });
    await append(signIns, 0, 1);
    const pump = pumpOf(new LateSink());
    await pump.start(fail);
    await pump.drain(5_000);

    expect((await sinkStatus()).health).toMatchObject({ condition: "working", failures: 0 });
  });

  it("goes on where an earlier run was: its failures, its last success, its wait", async () => {
    await append(signIns, 0, 1);
    await store.openSink("partial", "start");
    const notBefore = Date.now() + 1_500;
    await store.saveSinkHealth("partial", { condition: "waiting", failures: 2, notBefore, lastSuccess: 7 });
    const failing = new PartialSink(0);
    const pump = pumpOf(failing);
    failing.send = async () => {
      failing.sizes.push(Date.now());
      throw new TransientError("ERF4001", "not there");
    };
    await pump.start(fail);

    await until("it has tried", async () => (await sinkStatus()).health.failures > 2);
    await pump.drain(0);

    expect(failing.sizes[0]).toBeGreaterThanOrEqual(notBefore - 2);
    expect((await sinkStatus()).health).toMatchObject({ condition: "waiting", lastSuccess: 7 });
  });
});
