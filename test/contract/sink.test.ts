import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { type Authority, type Certificate, createAuthority, serverFiles } from "../support/certificates.ts";
import { relpSink } from "../support/relp-sink.ts";
import { isImrelpInstalled, startRsyslog } from "../support/rsyslog.ts";
import { SyslogReceiver } from "../support/syslog-receiver.ts";
import { syslogSink } from "../support/syslog-sink.ts";
import { describeSink, type SinkUnderTest } from "./sink-suite.ts";

let directory: string;
let authority: Authority;
let certificate: Certificate;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "sink-"));
  authority = await createAuthority(directory, "Test CA");
  certificate = await authority.issue("collector", { altNames: "DNS:localhost" });
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** A text begins after the header's seventh field. */
const textOf = (frame: string) => frame.split(" ").slice(7).join(" ");

async function create(transport: "tcp" | "tls" | "udp", persistent: boolean): Promise<SinkUnderTest> {
  const receiver = new SyslogReceiver({ transport, tls: () => serverFiles(certificate) });
  await receiver.start();
  await receiver.stop();
  const tls = transport === "tls" ? { tls: { caFile: authority.caFile } } : {};
  const sink = syslogSink({
    transport,
    persistent,
    port: receiver.port,
    ...tls,
    connectTimeout: "5s",
    stallTimeout: "3s",
  });
  return {
    sink,
    collector: {
      texts: () => receiver.frames.map(textOf),
      start: () => receiver.start(),
      stop: () => receiver.stop(),
      stall: () => receiver.stall(),
      resume: () => receiver.resume(),
    },
  };
}

describeSink("syslog over TCP", () => create("tcp", false), { guarantee: "confirmed-late", hasConnection: true });
describeSink("syslog over TLS", () => create("tls", false), { guarantee: "confirmed-late", hasConnection: true });
describeSink("syslog over persistent TCP", () => create("tcp", true), {
  guarantee: "best-effort",
  hasConnection: true,
});
describeSink("syslog over persistent TLS", () => create("tls", true), {
  guarantee: "best-effort",
  hasConnection: true,
});
describeSink("syslog over UDP", () => create("udp", false), { guarantee: "best-effort", hasConnection: false });

/** A real rsyslogd with imrelp: killed, stopped and continued. */
async function createRelp(): Promise<SinkUnderTest> {
  const folder = mkdtempSync(join(directory, "relp-"));
  const { process: rsyslogd, relpPort } = await startRsyslog({ directory: folder, relp: { queue: "direct" } });
  const output = join(folder, "rsyslog.out");
  const lines = () => (existsSync(output) ? readFileSync(output, "utf8").split("\n").slice(0, -1) : []);
  let isRunning = true;
  return {
    sink: relpSink({ port: relpPort, connectTimeout: "5s", stallTimeout: "3s" }),
    collector: {
      texts: () => lines().map(textOf),
      start: async () => {
        if (!isRunning) await rsyslogd.start();
        isRunning = true;
      },
      stop: async () => {
        await rsyslogd.kill("SIGKILL");
        isRunning = false;
      },
      stall: () => rsyslogd.signal("SIGSTOP"),
      resume: () => rsyslogd.signal("SIGCONT"),
    },
  };
}

describeSink("RELP", createRelp, {
  guarantee: "acknowledged",
  hasConnection: true,
  missing: isImrelpInstalled() ? undefined : "rsyslogd with imrelp",
});
