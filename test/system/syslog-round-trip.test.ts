/** Every transport, header and framing to real collectors: what arrives is what was sent, byte for byte. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Message } from "../../src/core/event.ts";
import { syslogHeaders } from "../../src/sinks/syslog/header.ts";
import { createAuthority } from "../support/certificates.ts";
import type { CollectorProcess } from "../support/collector.ts";
import { hostileLine } from "../support/hostile-lines.ts";
import { until } from "../support/poll.ts";
import { isRsyslogInstalled, type Rsyslog, startRsyslog } from "../support/rsyslog.ts";
import { isSyslogNgInstalled, type SyslogNg, startSyslogNg } from "../support/syslog-ng.ts";
import { syslogSink } from "../support/syslog-sink.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";

const LINES = 1_000;
const never = new AbortController().signal;
const sender = { facility: "local0", hostname: "fwd1", processId: process.pid } as const;

let directory: string;
let caFile: string;
let rsyslog: Rsyslog | undefined;
let syslogNg: SyslogNg | undefined;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "round-trip-"));
  const authority = await createAuthority(directory, "Test CA");
  ({ caFile } = authority);
  const certificate = await authority.issue("collector", { altNames: "DNS:localhost" });
  if (isRsyslogInstalled()) {
    rsyslog = await startRsyslog({ directory, tls: { ...certificate, caFile, driver: "ossl", authMode: "anon" } });
  }
  if (isSyslogNgInstalled()) syslogNg = await startSyslogNg({ directory, tls: certificate });
});

afterAll(async () => {
  await rsyslog?.process.stop();
  await syslogNg?.process.stop();
  rmSync(directory, { recursive: true, force: true });
});

interface Path {
  readonly transport: "tls" | "tcp" | "udp";
  readonly header: "rfc5424" | "rfc3164";
  readonly framing?: "octet-counting" | "lf";
  readonly persistent?: boolean;
}

/** Sends the lines and compares what the collector has stored, headers and order included. */
async function roundTrip(collector: CollectorProcess, port: number, path: Path): Promise<void> {
  const before = (await collector.lines()).length;
  const tls = path.transport === "tls" ? { tls: { caFile } } : {};
  const sink = syslogSink({ port, ...path, ...tls });
  const messages = Array.from(
    { length: LINES },
    (_, index): Message => ({
      seq: index + 1,
      source: index % 2 === 0 ? "signIns" : "riskDetections",
      time: 1_791_960_804_004 + index,
      text: Buffer.from(hostileLine(index + 1, sink.maxTextBytes)),
    }),
  );

  for (let from = 0; from < LINES; from += 100) await sink.send(messages.slice(from, from + 100), never);
  await sink.flush(never);
  await sink.close();
  await until("every line is stored", async () => (await collector.lines()).length - before >= LINES);

  const stored = (await collector.lines()).slice(before);
  const expected = messages.map((message) => syslogHeaders(path.header, sender)(message) + message.text);
  expect(stored.length).toBe(LINES);
  for (const [index, line] of expected.entries()) expect(stored[index]).toBe(line);
}

const STREAMS = (["tls", "tcp"] as const).flatMap((transport) =>
  (["rfc5424", "rfc3164"] as const).flatMap((header) =>
    (["octet-counting", "lf"] as const).map((framing): Path => ({ transport, header, framing })),
  ),
);

const DATAGRAMS: Path[] = [
  { transport: "udp", header: "rfc5424" },
  { transport: "udp", header: "rfc3164" },
];

const LONG: Path[] = [
  { transport: "tls", header: "rfc5424", persistent: true },
  { transport: "tcp", header: "rfc5424", persistent: true },
];

function nameOf({ transport, header, framing, persistent }: Path): string {
  return [transport, header, framing, persistent ? "persistent" : undefined].filter(Boolean).join(" ");
}

/** rsyslog finds out the framing by itself. */
function rsyslogPorts({ tlsPort, tcpPort, udpPort }: Rsyslog) {
  return { tls: tlsPort, tcp: tcpPort, udp: udpPort };
}

function syslogNgPorts({ octetPort, linePort, udpPort, tlsPort, tlsLinePort }: SyslogNg, { framing }: Path) {
  if (framing === "lf") return { tls: tlsLinePort, tcp: linePort, udp: udpPort };
  return { tls: tlsPort, tcp: octetPort, udp: udpPort };
}

describe.each([...STREAMS, ...DATAGRAMS, ...LONG].map((path) => [nameOf(path), path] as const))("%s", (_name, path) => {
  it("to rsyslog", async ({ skip }) => {
    if (rsyslog === undefined) skip("rsyslogd is not installed");
    else await roundTrip(rsyslog.process, rsyslogPorts(rsyslog)[path.transport], path);
  });

  it("to syslog-ng", async ({ skip }) => {
    if (syslogNg === undefined) skip("syslog-ng is not installed");
    else await roundTrip(syslogNg.process, syslogNgPorts(syslogNg, path)[path.transport], path);
  });
});

describe("plain tcp to a port that speaks TLS", () => {
  const small: Message = { seq: 1, source: "signIns", time: 1_791_960_804_004, text: Buffer.from("hello") };

  async function expectNothingConfirmed(port: number): Promise<void> {
    const sink = syslogSink({ transport: "tcp", port, stallTimeout: "5s" });

    for (let attempt = 0; attempt < 5; attempt += 1) {
      await expect(sink.send([small], never)).rejects.toMatchObject({ code: "ERF4003" });
    }
    expect(await sink.flush(never)).toEqual({ rejected: [] });
  }

  it("confirms nothing at rsyslog", async ({ skip }) => {
    if (rsyslog === undefined) skip("rsyslogd is not installed");
    else await expectNothingConfirmed(rsyslog.tlsPort);
  });

  it("confirms nothing when it began to speak TLS while nothing was sent", async ({ skip }) => {
    if (syslogNg === undefined) skip("syslog-ng is not installed");
    const { octetPort = 0, tlsPort = 0 } = syslogNg ?? {};
    const proxy = new TcpProxy(octetPort);
    await proxy.start();
    const sink = syslogSink({ transport: "tcp", port: proxy.port, stallTimeout: "5s" });
    await sink.send([small], never);
    expect(await sink.flush(never)).toMatchObject({ confirmed: 1 });

    proxy.leadTo(tlsPort);

    await expect(sink.send([{ ...small, seq: 2 }], never)).rejects.toMatchObject({ code: "ERF4003" });
    await proxy.stop();
  });

  it("confirms nothing at syslog-ng", async ({ skip }) => {
    if (syslogNg === undefined) skip("syslog-ng is not installed");
    else await expectNothingConfirmed(syslogNg.tlsPort);
  });
});
