/** What RELP asks of a client, and what a collector may do to one. */
import { afterEach, describe, expect, it } from "vitest";
import type { Message } from "../../src/core/event.ts";
import type { Sink } from "../../src/sinks/sink.ts";
import { PumpDriver } from "../support/pump-driver.ts";
import { agreeable, type RelpScript, RelpServer, rsp } from "../support/relp-server.ts";
import { relpSink } from "../support/relp-sink.ts";

const never = new AbortController().signal;
const message = (seq: number): Message => ({ seq, source: "signIns", time: 0, text: Buffer.from(`#${seq}`) });
const batchOf = (from: number, length: number) => Array.from({ length }, (_, index) => message(from + index));
const seqOf = (data: string) => Number(/#(?<seq>\d+)$/.exec(data)?.groups?.["seq"]);

let server: RelpServer | undefined;
let sink: Sink | undefined;

afterEach(async () => {
  await sink?.close();
  await server?.stop();
});

async function against(script: RelpScript, keys: Parameters<typeof relpSink>[0] = {}): Promise<[RelpServer, Sink]> {
  server = new RelpServer(script);
  const port = await server.start();
  sink = relpSink({ host: "127.0.0.1", port, stallTimeout: "1s", ...keys });
  return [server, sink];
}

describe("a session", () => {
  it("opens, numbers its commands without a gap, goes on for batch after batch, and says goodbye", async () => {
    const [{ frames }, relp] = await against(agreeable);

    await relp.send(batchOf(1, 300), never);
    await relp.send(batchOf(301, 300), never);
    await relp.close();

    expect(frames.map(({ transaction }) => transaction)).toEqual(Array.from({ length: 602 }, (_, index) => index + 1));
    expect(frames[0]).toMatchObject({ command: "open", data: expect.stringContaining("commands=syslog") });
    expect(frames.at(-1)).toMatchObject({ command: "close", data: "" });
    expect(frames.slice(1, -1).map(({ data }) => seqOf(data))).toEqual(batchOf(1, 600).map(({ seq }) => seq));
    expect(server?.sessions).toBe(1);
  });

  it("never has more unanswered than its window", async () => {
    let unanswered = 0;
    let most = 0;
    const [, relp] = await against(
      (frame, socket) => {
        if (frame.command !== "syslog") return agreeable(frame);
        unanswered += 1;
        most = Math.max(most, unanswered);
        setTimeout(() => {
          unanswered -= 1;
          socket.write(rsp(frame, "200 OK"));
        }, 5);
        return undefined;
      },
      { window: 7 },
    );

    expect(await relp.send(batchOf(1, 100), never)).toEqual({ confirmed: 100, rejected: [] });
    expect(most).toBe(7);
  });

  it("takes answers in any order", async () => {
    const held: string[] = [];
    const [, relp] = await against((frame, socket) => {
      if (frame.command !== "syslog") return agreeable(frame);
      held.push(rsp(frame, "200 OK"));
      if (held.length === 10) socket.write(held.splice(0).toReversed().join(""));
      return undefined;
    });

    expect(await relp.send(batchOf(1, 30), never)).toEqual({ confirmed: 30, rejected: [] });
  });

  it.each(["serverclose", "reset"] as const)(
    "that ends by %s keeps what was answered and repeats the rest",
    async (end) => {
      let answered = 0;
      let endings = 0;
      const [{ frames }, relp] = await against(
        (frame, socket) => {
          if (frame.command !== "syslog") return agreeable(frame);
          answered += 1;
          if (answered % 150 !== 0) return rsp(frame, "200 OK");
          endings += 1;
          if (end === "serverclose") socket.end("0 serverclose 0\n");
          else socket.resetAndDestroy();
          return undefined;
        },
        { window: 20 },
      );
      let batches = 0;
      const driver = new PumpDriver({ sink: relp, message, batchSize: 100 });

      await driver.run(() => batches++ < 10, never);

      const arrived = frames.filter(({ command }) => command === "syslog").map(({ data }) => seqOf(data));
      expect(endings).toBeGreaterThan(3);
      expect(driver.confirmed).toBeGreaterThanOrEqual(500);
      expect(new Set(arrived).size).toBe(driver.confirmed);
      expect(arrived.length - driver.confirmed).toBeLessThanOrEqual(endings * 20);
    },
  );

  it("that answers nothing is given up, and nothing of it is confirmed", async () => {
    const [, relp] = await against((frame) => (frame.command === "syslog" ? undefined : agreeable(frame)));

    await expect(relp.send(batchOf(1, 10), never)).rejects.toMatchObject({
      code: "ERF4002",
      message: expect.stringContaining("answers nothing for 1 s"),
    });
  });
});

describe("an answer that never ends", () => {
  it("is given up: its pieces are no progress", async () => {
    const [, relp] = await against((frame, socket) => {
      if (frame.command !== "syslog") return agreeable(frame);
      const talk = setInterval(() => socket.write("x"), 100);
      socket.on("close", () => clearInterval(talk));
      return `${frame.transaction} rsp 60000 200 `;
    });

    await expect(relp.send(batchOf(1, 1), never)).rejects.toMatchObject({ code: "ERF4002" });
  });
});

describe("a message that the collector refuses", () => {
  it("is rejected with the collector's words, the others are delivered", async () => {
    const [, relp] = await against((frame) =>
      frame.command === "syslog" && seqOf(frame.data) === 3 ? rsp(frame, "500 too\u0007 odd\nmore") : agreeable(frame),
    );

    expect(await relp.send(batchOf(1, 5), never)).toEqual({
      confirmed: 5,
      rejected: [{ seq: 3, reason: "ERF4010 the collector answered: 500 too  odd" }],
    });
  });

  it("is rejected also when it comes alone, after others were taken; the next one that is refused blocks the sink", async () => {
    const [, relp] = await against((frame) =>
      frame.command === "syslog" && seqOf(frame.data) > 5 ? rsp(frame, "500 no") : agreeable(frame),
    );

    await relp.send(batchOf(1, 5), never);

    expect(await relp.send(batchOf(6, 1), never)).toEqual({
      confirmed: 6,
      rejected: [{ seq: 6, reason: "ERF4010 the collector answered: 500 no" }],
    });
    await expect(relp.send(batchOf(7, 1), never)).rejects.toMatchObject({ code: "ERF4010" });
  });

  it("blocks the sink when it is the first of all that comes alone", async () => {
    const [, relp] = await against((frame) => (frame.command === "syslog" ? rsp(frame, "500 no") : agreeable(frame)));

    await expect(relp.send(batchOf(1, 1), never)).rejects.toMatchObject({ code: "ERF4010" });
  });

  it("blocks the sink when it is every message: that is the collector's fault", async () => {
    const [, relp] = await against((frame) => (frame.command === "syslog" ? rsp(frame, "500 no") : agreeable(frame)));

    await expect(relp.send(batchOf(1, 5), never)).rejects.toMatchObject({
      name: "BlockedError",
      code: "ERF4010",
      message: expect.stringMatching(/^127\.0\.0\.1:\d+: the collector answered: 500 no, and so to every message$/),
    });
  });
});

describe("a collector that refuses every message and hangs up", () => {
  it("blocks the sink too: its events are not dead letters", async () => {
    let answered = 0;
    const [, relp] = await against((frame, socket) => {
      if (frame.command !== "syslog") return agreeable(frame);
      answered += 1;
      if (answered % 3 === 0) socket.end();
      return rsp(frame, "500 disk full");
    });

    await expect(relp.send(batchOf(1, 30), never)).rejects.toMatchObject({ name: "BlockedError", code: "ERF4010" });
  });
});

describe("an abort in the middle of a batch", () => {
  it("keeps what is answered, so that a restart repeats a window at most", async () => {
    let answered = 0;
    const [, relp] = await against(
      (frame) => {
        if (frame.command !== "syslog") return agreeable(frame);
        answered += 1;
        return answered > 40 ? undefined : rsp(frame, "200 OK");
      },
      { window: 16, stallTimeout: "10s" },
    );

    const receipt = await relp.send(batchOf(1, 100), AbortSignal.timeout(300));

    expect(receipt).toMatchObject({ confirmed: 40, rejected: [], failure: { code: "ERF4003" } });
  });

  it("is of no more than a window where the pump asks for the sink's batches", async () => {
    const [, relp] = await against(agreeable, { window: 16 });

    expect(relp.maxBatch).toBe(16);
  });
});

describe("what is no RELP collector", () => {
  it.each([
    ["greets in another protocol", () => "220 mail ESMTP\r\n", "it sends no frame header"],
    ["refuses to open", (frame) => rsp(frame, "500 go away"), "it answers 500 go away"],
    ["offers no syslog", (frame) => rsp(frame, "200 OK\nrelp_version=0\ncommands=none"), "it does not offer syslog"],
    ["answers what nobody asked", () => "77 rsp 6 200 OK\n", "it sends an answer that nobody waits for"],
  ] satisfies [string, RelpScript, string][])("is named when it %s", async (_name, script, found) => {
    const [, relp] = await against(script);

    for (const attempt of [relp.probe(never), relp.send(batchOf(1, 1), never)]) {
      await expect(attempt).rejects.toMatchObject({
        name: "BlockedError",
        code: "ERF4009",
        message: expect.stringContaining(found),
        remedy: expect.stringContaining("imrelp"),
      });
    }
  });

  it("is given up where it takes everything and says nothing", async () => {
    const [, relp] = await against(() => undefined);

    await expect(relp.probe(never)).rejects.toMatchObject({ code: "ERF4002" });
  });
});
