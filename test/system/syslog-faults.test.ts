/** What happens between the forwarder and a collector: each fault is noticed in time and nothing confirmed is lost. */

import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TransientError } from "../../src/core/errors.ts";
import type { Message } from "../../src/core/event.ts";
import { type Authority, createAuthority, serverFiles } from "../support/certificates.ts";
import { until } from "../support/poll.ts";
import { freePort } from "../support/ports.ts";
import { PumpDriver } from "../support/pump-driver.ts";
import { SyslogReceiver } from "../support/syslog-receiver.ts";
import { syslogSink } from "../support/syslog-sink.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";

const never = new AbortController().signal;

const message = (seq: number): Message => ({
  seq,
  source: "signIns",
  time: 1_791_960_804_004,
  text: Buffer.from(`#${seq}# ${"x".repeat(500)}`),
});

const batchOf = (length: number) => Array.from({ length }, (_, index) => message(index + 1));

let directory: string;
let authority: Authority;
let receiver: SyslogReceiver;
let proxy: TcpProxy;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "faults-"));
  authority = await createAuthority(directory, "Test CA");
  await authority.issue("collector", { altNames: "DNS:localhost" });
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

function sinkTo(transport: "tcp" | "tls", port: number) {
  const tls = transport === "tls" ? { tls: { caFile: authority.caFile } } : {};
  return syslogSink({ transport, port, ...tls, connectTimeout: "1s", stallTimeout: "500ms" });
}

describe.each(["tcp", "tls"] as const)("a %s connection", (transport) => {
  beforeEach(async () => {
    const files = { certFile: join(directory, "collector.pem"), keyFile: join(directory, "collector.key") };
    receiver = new SyslogReceiver({ transport, tls: () => serverFiles(files) });
    await receiver.start();
    proxy = new TcpProxy(receiver.port);
    await proxy.start();
  });

  afterEach(async () => {
    await proxy.stop();
    await receiver.stop();
  });

  it.each([
    ["swallow", ["ERF4001", "ERF4002"]],
    ["stall", ["ERF4001", "ERF4002"]],
    ["reset", ["ERF4001", "ERF4003"]],
    ["slow", ["ERF4001", "ERF4002"]],
  ] as const)("that begins to %s is given up, and what it held is sent again", async (mode, codes) => {
    const sink = sinkTo(transport, proxy.port);
    const driver = new PumpDriver({ sink, message, batchSize: 200, pause: () => sleep(1) });
    let isOver = false;

    const running = driver.run(() => !isOver, never);
    await until("messages are confirmed", () => driver.confirmed >= 400);
    proxy.behave(mode);
    await until("the fault is noticed", () => driver.failures.length >= 2);
    const before = driver.confirmed;
    proxy.behave("pass");
    await until("messages are confirmed again", () => driver.confirmed >= before + 400);
    isOver = true;
    await running;
    await sink.close();

    for (const failure of driver.failures) {
      expect(failure).toBeInstanceOf(TransientError);
      // On a busy machine any of them may also stall or fail to connect for a moment.
      expect(["ERF4001", "ERF4002", "ERF4003"]).toContain(failure.code);
    }
    expect(driver.failures.map(({ code }) => code)).toContainEqual(expect.toSatisfy((code) => codes.includes(code)));
    const arrived = new Set(receiver.frames.map((frame) => Number(/#(?<seq>\d+)#/.exec(frame)?.groups?.["seq"])));
    const lost = Array.from({ length: driver.confirmed }, (_, index) => index + 1).filter((seq) => !arrived.has(seq));
    expect(lost).toEqual([]);
  });
});

describe("a collector", () => {
  it.each([
    ["that refuses", { host: "127.0.0.1", port: 1 }],
    ["whose name does not exist", { host: "collector.invalid", port: 6514 }],
    ["to which no way leads", { host: "192.0.2.1", port: 6514 }],
  ])("%s is unreachable", async (_what, where) => {
    const sink = syslogSink({ transport: "tcp", ...where, connectTimeout: "1s" });

    await expect(sink.probe(never)).rejects.toMatchObject({ name: "TransientError", code: "ERF4001" });
    await expect(sink.send([message(1)], never)).rejects.toMatchObject({ name: "TransientError", code: "ERF4001" });
  });

  it("that does not exist is unreachable over UDP too", async () => {
    const sink = syslogSink({ transport: "udp", host: "collector.invalid" });

    await expect(sink.probe(never)).rejects.toMatchObject({ name: "TransientError", code: "ERF4001" });
    await expect(sink.send([message(1)], never)).rejects.toMatchObject({ name: "TransientError", code: "ERF4001" });
  });

  it.each([false, true])(
    "that reads nothing and says something again and again is given up (persistent: %s)",
    async (persistent) => {
      const server = createServer((socket) => {
        socket.pause();
        socket.on("error", () => undefined);
        const talk = setInterval(() => socket.write("."), 50);
        socket.on("close", () => clearInterval(talk));
      });
      const port = await freePort();
      server.listen(port, "127.0.0.1");
      const sink = syslogSink({ transport: "tcp", port, stallTimeout: "300ms", persistent });
      const big = batchOf(3_000).map((one) => ({ ...one, text: Buffer.concat([one.text, Buffer.alloc(5_000, "z")]) }));

      await expect(sink.send(big, never)).rejects.toMatchObject({ code: "ERF4002" });

      await sink.close();
      server.close();
    },
  );

  it("that reads slowly, but goes on, is not given up", async () => {
    const server = createServer((socket) => {
      socket.on("data", () => {
        socket.pause();
        setTimeout(() => socket.resume(), 5);
      });
    });
    const port = await freePort();
    server.listen(port, "127.0.0.1");
    const sink = syslogSink({ transport: "tcp", port, stallTimeout: "500ms", persistent: true });
    const big = batchOf(3_000).map((one) => ({ ...one, text: Buffer.concat([one.text, Buffer.alloc(7_000, "z")]) }));
    const started = performance.now();

    expect(await sink.send(big, never)).toMatchObject({ confirmed: 3_000 });

    expect(performance.now() - started).toBeGreaterThan(1_000);
    await sink.close();
    server.close();
  });

  it("that never closes a half-closed connection is told apart, with the way out", async () => {
    receiver = new SyslogReceiver({ transport: "tcp" });
    await receiver.start();
    const stubborn = new TcpProxy(receiver.port);
    await stubborn.start();
    stubborn.behave("swallow");
    const sink = syslogSink({ transport: "tcp", port: stubborn.port, stallTimeout: "300ms" });

    await expect(sink.probe(never)).rejects.toThrow(/persistent: true/);
    const persistent = syslogSink({ transport: "tcp", port: stubborn.port, stallTimeout: "300ms", persistent: true });
    await persistent.probe(never);
    await persistent.send([message(1)], never);

    await persistent.close();
    await stubborn.stop();
    await receiver.stop();
  });
});
