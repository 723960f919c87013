/** What every sink must do, whatever its transport and its guarantee. Runs over real sockets. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TransientError } from "../../src/core/errors.ts";
import type { Message } from "../../src/core/event.ts";
import type { Guarantee, Sink } from "../../src/sinks/sink.ts";
import { until } from "../support/poll.ts";
import { PumpDriver } from "../support/pump-driver.ts";

export interface SinkUnderTest {
  readonly sink: Sink;
  readonly collector: {
    /** Texts of the messages that arrived, in order. */
    texts(): string[];
    start(): Promise<void>;
    /** Ends as if killed. */
    stop(): Promise<void>;
    stall(): void;
    resume(): void;
  };
}

export interface SinkTraits {
  readonly guarantee: Guarantee;
  /** False where there is no connection that could fail. */
  readonly hasConnection: boolean;
  /** What must be installed for it, and is not. */
  readonly missing?: string | undefined;
}

const never = new AbortController().signal;

const textOf = (seq: number) => `#${seq} ${"x".repeat(seq % 300)}`;
const message = (seq: number): Message => ({
  seq,
  source: "signIns",
  time: 1_791_960_804_004,
  text: Buffer.from(textOf(seq)),
});
const batchOf = (from: number, length: number) => Array.from({ length }, (_, index) => message(from + index));
/** More than socket buffers hold. */
const bigBatch = () =>
  batchOf(1, 3_000).map((one) => ({ ...one, text: Buffer.concat([one.text, Buffer.alloc(5_000, "z")]) }));
const textsTo = (last: number) => Array.from({ length: last }, (_, index) => textOf(index + 1));

export function describeSink(name: string, create: () => Promise<SinkUnderTest>, traits: SinkTraits): void {
  describe.skipIf(traits.missing)(traits.missing ? `${name} (needs ${traits.missing})` : name, () => {
    let under: SinkUnderTest;

    beforeEach(async () => {
      under = await create();
      await under.collector.start();
    });

    afterEach(async () => {
      await under.sink.close();
      await under.collector.stop();
    });

    const received = (count: number) => until(`${count} messages`, () => under.collector.texts().length >= count);

    async function deliver(batches: number): Promise<PumpDriver> {
      let sent = 0;
      const driver = new PumpDriver({ sink: under.sink, message, batchSize: 100 });
      await driver.run(() => sent++ < batches, never);
      return driver;
    }

    it("delivers in order, nothing twice", async () => {
      const driver = await deliver(20);
      await received(driver.confirmed);

      expect(driver.failures).toEqual([]);
      expect(driver.confirmed).toBeGreaterThanOrEqual(1_900);
      expect(under.collector.texts()).toEqual(textsTo(driver.confirmed));
    });

    it("confirms or rejects every message", async () => {
      const huge = { ...message(3), text: Buffer.alloc(under.sink.maxTextBytes + 100, "x") };
      const alsoHuge = { ...huge, seq: 6 };

      const first = await under.sink.send([message(1), message(2), huge, message(4)], never);
      const second = await under.sink.send([message(5), alsoHuge], never);
      const last = await under.sink.flush(never);
      await received(4);

      const rejected = [first, second, last].flatMap((receipt) => receipt.rejected);
      expect(rejected.map(({ seq }) => seq)).toEqual([3, 6]);
      expect(rejected[0]?.reason).toMatch(/^ERF4007 /);
      expect(Math.max(...[first, second, last].map(({ confirmed }) => confirmed ?? 0))).toBe(6);
      expect(under.collector.texts()).toEqual([1, 2, 4, 5].map(textOf));
    });

    it("confirms a batch of which nothing could be sent", async () => {
      const huge = { ...message(1), text: Buffer.alloc(under.sink.maxTextBytes + 100, "x") };

      const sent = await under.sink.send([huge], never);
      const flushed = await under.sink.flush(never);

      expect(sent.rejected).toHaveLength(1);
      expect(Math.max(sent.confirmed ?? 0, flushed.confirmed ?? 0)).toBe(1);
    });

    it("has nothing to confirm when nothing was sent", async () => {
      expect(await under.sink.flush(never)).toEqual({ rejected: [] });
    });

    it("takes a text of maxTextBytes", async () => {
      const text = "y".repeat(under.sink.maxTextBytes);

      const { rejected } = await under.sink.send(
        [{ ...message(1), text: Buffer.from(text), source: "riskDetections" }],
        never,
      );
      await received(1);

      expect(rejected).toEqual([]);
      expect(under.collector.texts()).toEqual([text]);
    });

    it("refuses to begin after an abort", async () => {
      const reason = new Error("stopping");

      await expect(under.sink.send(batchOf(1, 10), AbortSignal.abort(reason))).rejects.toBe(reason);
      await expect(under.sink.probe(AbortSignal.abort(reason))).rejects.toBe(reason);
      expect(await under.sink.flush(never)).toEqual({ rejected: [] });
      expect(under.collector.texts()).toEqual([]);
    });

    it("finds out that the collector is there, without a message", async () => {
      await under.sink.probe(never);

      expect(under.collector.texts()).toEqual([]);
    });

    it("goes on after the collector was restarted", async () => {
      const before = await deliver(2);
      await received(before.confirmed);
      await under.collector.stop();
      await under.collector.start();

      const count = under.collector.texts().length;
      await until("messages arrive again", async () => {
        await deliver(1);
        return under.collector.texts().length > count;
      });
    });

    it("can be closed twice, and used again", async () => {
      await deliver(1);

      await under.sink.close();
      await under.sink.close();
      const again = await deliver(1);

      expect(again.failures).toEqual([]);
    });

    it("promises what its kind promises", () => {
      expect(under.sink.guarantee).toBe(traits.guarantee);
    });

    if (!traits.hasConnection) return;

    describe("with a collector that fails", () => {
      it("rejects with the reason of an abort in mid-batch, and confirms nothing of it", async () => {
        const reason = new Error("stopping");
        const abort = new AbortController();
        under.collector.stall();

        const sending = under.sink.send(bigBatch(), abort.signal);
        setTimeout(() => abort.abort(reason), 200);

        await expect(sending).rejects.toBe(reason);
        expect(await under.sink.flush(never)).toEqual({ rejected: [] });
      });

      it("says that it is unreachable, and delivers everything when it is back", async () => {
        await under.collector.stop();

        await expect(under.sink.probe(never)).rejects.toMatchObject({ code: "ERF4001" });
        await expect(under.sink.send(batchOf(1, 10), never)).rejects.toBeInstanceOf(TransientError);
        await under.collector.start();
        const driver = await deliver(3);
        await received(driver.confirmed);

        expect(new Set(under.collector.texts())).toEqual(new Set(textsTo(driver.confirmed)));
      });

      it("gives up on one that stalls, and delivers everything when it reads again", async () => {
        under.collector.stall();
        await expect(under.sink.send(bigBatch(), never)).rejects.toMatchObject({ code: "ERF4002" });

        under.collector.resume();
        const driver = await deliver(3);
        await until("every message", () => {
          const texts = new Set(under.collector.texts());
          return textsTo(driver.confirmed).every((text) => texts.has(text));
        });

        expect(driver.confirmed).toBe(300);
      });

      if (traits.guarantee === "best-effort") return;

      it("loses nothing that was confirmed when the collector is restarted again and again", async () => {
        const driver = new PumpDriver({ sink: under.sink, message, batchSize: 100, pause: () => sleep(1) });
        let isOver = false;

        const running = driver.run(() => !isOver, never);
        for (let restart = 1; restart <= 5; restart++) {
          await received(under.collector.texts().length + 500);
          await under.collector.stop();
          await until("the sink notices", () => driver.failures.length >= restart);
          await under.collector.start();
        }
        isOver = true;
        await running;

        const texts = new Set(under.collector.texts());
        expect(textsTo(driver.confirmed).filter((text) => !texts.has(text))).toEqual([]);
      });
    });
  });
}
