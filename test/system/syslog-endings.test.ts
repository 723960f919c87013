/** How TLS sessions end: by the collector's word, which nobody on the way can forge, and by ours. */
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Message } from "../../src/core/event.ts";
import { type Authority, type Certificate, createAuthority, serverFiles } from "../support/certificates.ts";
import { until } from "../support/poll.ts";
import { freePort } from "../support/ports.ts";
import { isRsyslogInstalled, startRsyslog } from "../support/rsyslog.ts";
import { SyslogReceiver } from "../support/syslog-receiver.ts";
import { syslogSink } from "../support/syslog-sink.ts";
import { TlsCutter } from "../support/tls-cutter.ts";

const never = new AbortController().signal;
const batch: Message[] = [{ seq: 1, source: "signIns", time: 1_791_960_804_004, text: Buffer.from("hello") }];
const ALERT_RECORD = 21;

let directory: string;
let authority: Authority;
let certificate: Certificate;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "endings-"));
  authority = await createAuthority(directory, "Test CA");
  certificate = await authority.issue("collector", { altNames: "DNS:localhost" });
});

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

async function startReceiver(maxVersion: "TLSv1.2" | "TLSv1.3"): Promise<SyslogReceiver> {
  const receiver = new SyslogReceiver({ transport: "tls", tls: () => ({ ...serverFiles(certificate), maxVersion }) });
  await receiver.start();
  closing.push(() => receiver.stop());
  return receiver;
}

async function attack(tls: { readonly requireCloseNotify?: boolean }) {
  const receiver = await startReceiver("TLSv1.3");
  const attacker = new TlsCutter(receiver.port);
  await attacker.start();
  closing.push(() => attacker.stop());
  const sink = syslogSink({ port: attacker.port, tls: { caFile: authority.caFile, ...tls } });
  closing.push(() => sink.close());
  return { receiver, attacker, sink };
}

describe("a man in the middle who drops every message and forges the end of the connection", () => {
  it("is found out: nothing is confirmed", async () => {
    const { receiver, attacker, sink } = await attack({});

    await expect(sink.send(batch, never)).rejects.toMatchObject({
      name: "TransientError",
      code: "ERF4003",
      message: expect.stringMatching(/without close_notify.*gtls driver.*ossl driver.*tls\.requireCloseNotify: false/),
    });
    expect(await sink.flush(never)).toEqual({ rejected: [] });
    await expect(sink.probe(never)).rejects.toMatchObject({ code: "ERF4003" });
    expect(attacker.dropped).toBeGreaterThan(0);
    expect(receiver.frames).toEqual([]);
  });

  it("is believed with requireCloseNotify: false", async () => {
    const { receiver, attacker, sink } = await attack({ requireCloseNotify: false });

    await sink.send(batch, never);

    expect(await sink.flush(never)).toMatchObject({ confirmed: 1 });
    expect(attacker.dropped).toBeGreaterThan(0);
    expect(receiver.frames).toEqual([]);
  });
});

describe("rsyslog", () => {
  it.skipIf(!isRsyslogInstalled()).each([
    ["ossl", true],
    ["gtls", false],
  ] as const)("with its %s driver is believed with requireCloseNotify: %s", async (driver, requireCloseNotify) => {
    const tls = { ...certificate, caFile: authority.caFile, driver, authMode: "anon" } as const;
    const { process, tlsPort } = await startRsyslog({ directory: mkdtempSync(join(directory, "rsyslog-")), tls });
    closing.push(() => process.stop());
    const sink = syslogSink({ port: tlsPort, tls: { caFile: authority.caFile, requireCloseNotify } });

    await sink.send(batch, never);

    expect(await sink.flush(never)).toMatchObject({ confirmed: 1 });
    expect(await process.lines()).toHaveLength(1);
  });
});

/** Passes everything on, and keeps what the client says. */
async function startListener(targetPort: number): Promise<{ readonly port: number; readonly heard: Buffer[] }> {
  const heard: Buffer[] = [];
  const server: Server = createServer((client: Socket) => {
    const upstream = connect(targetPort, "127.0.0.1");
    client.on("data", (chunk: Buffer) => heard.push(chunk));
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) socket.on("error", () => undefined);
  });
  const port = await freePort();
  server.listen(port, "127.0.0.1");
  closing.push(() => server.close());
  return { port, heard };
}

describe("a long session", () => {
  it.each(["close", "probe"] as const)("is ended by close_notify at the end of %s", async (method) => {
    const receiver = await startReceiver("TLSv1.2");
    const { port, heard } = await startListener(receiver.port);
    const sink = syslogSink({ port, persistent: true, tls: { caFile: authority.caFile } });

    if (method === "close") await sink.send(batch, never);
    await (method === "close" ? sink.close() : sink.probe(never));

    await until("the session has ended", () => heard.at(-1)?.[0] === ALERT_RECORD);
    expect(receiver.frames).toHaveLength(method === "close" ? 1 : 0);
  });

  it("is left after a second where the collector does not end its side", async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.resume();
      closing.push(() => socket.destroy());
    });
    const port = await freePort();
    server.listen(port, "127.0.0.1");
    closing.push(() => server.close());
    const sink = syslogSink({ transport: "tcp", port, persistent: true });
    await sink.send(batch, never);
    const started = performance.now();

    await sink.close();

    expect(performance.now() - started).toBeGreaterThan(900);
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});
