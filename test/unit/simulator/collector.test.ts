import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { Collector } from "../../../src/simulator/collector.ts";
import { FrameDecoder } from "../../../src/simulator/frames.ts";

async function started(onLine?: ConstructorParameters<typeof Collector>[0]): Promise<[Collector, number]> {
  const collector = new Collector(onLine);
  const port = await collector.start();
  onTestFinished(() => collector.stop());
  return [collector, port];
}

function open(port: number): Socket {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  return socket;
}

describe("frames", () => {
  it.each([
    ["octet-counted", "5 <1>ab8 <2>c\nd e", ["<1>ab", "<2>c\nd e"]],
    ["lines", "<1>ab\n<2>c d\n", ["<1>ab", "<2>c d"]],
    ["both", "<1>ab\n5 <2>cd<3>e\n", ["<1>ab", "<2>cd", "<3>e"]],
    ["bytes, not characters", "6 <1>經", ["<1>經"]],
  ])("decodes %s however they are cut", (_, stream, expected) => {
    const bytes = Buffer.from(stream);

    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const decoder = new FrameDecoder();
      const lines = [...decoder.push(bytes.subarray(0, cut)), ...decoder.push(bytes.subarray(cut))];
      expect(lines).toEqual(expected);
      expect(decoder.unfinishedBytes).toBe(0);
    }
  });

  it("keeps what is not complete", () => {
    const decoder = new FrameDecoder();

    expect(decoder.push(Buffer.from("<1>a\n10 <2>"))).toEqual(["<1>a"]);
    expect(decoder.unfinishedBytes).toBe(6);
  });

  it.each(["0 a", "12x a", "12345678901 a", "99999999999"])("refuses the count of %s", (stream) => {
    expect(() => new FrameDecoder().push(Buffer.from(stream))).toThrow(RangeError);
  });
});

describe("collector", () => {
  it("answers a FIN only after it has handed every line over", async () => {
    const lines: string[] = [];
    const [, port] = await started(({ line }) => lines.push(line));
    const sent = Array.from({ length: 5_000 }, (_, number) => `<13>line ${number}`);

    const socket = open(port);
    socket.end(sent.map((line) => `${line}\n`).join(""));
    await text(socket);

    expect(lines).toEqual(sent);
  });

  it("keeps lines with their connection where there is no callback", async () => {
    const [collector, port] = await started();

    for (const line of ["6 <13>ab", "<13>cd\n"]) {
      const socket = open(port);
      socket.end(line);
      await text(socket);
    }

    expect(collector.received).toMatchObject([
      { line: "<13>ab", connection: 1 },
      { line: "<13>cd", connection: 2 },
    ]);
    expect(collector.broken).toBe(0);
  });

  it("counts a connection that ends within a frame, and one without framing", async () => {
    const [collector, port] = await started();

    const cut = open(port);
    cut.end("9 <13>ab");
    await text(cut);
    const wrong = open(port);
    wrong.on("error", () => undefined);
    wrong.write("0 nothing");
    await vi.waitFor(() => expect(collector.broken).toBe(2));

    expect(collector.received).toEqual([]);
  });

  it("ends connections when it stops and comes back on the same port", async () => {
    const [collector, port] = await started();
    const socket = open(port);
    socket.on("error", () => undefined);
    socket.write("<13>one\n");
    await vi.waitFor(() => expect(collector.received).toHaveLength(1));
    const closed = new Promise((resolve) => socket.once("close", resolve));

    await collector.stop();
    socket.end();
    await closed;
    expect(await collector.start()).toBe(port);
    const again = open(port);
    again.end("<13>two\n");
    await text(again);

    expect(collector.received.map(({ line }) => line)).toEqual(["<13>one", "<13>two"]);
  });
});
