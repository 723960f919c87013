/**
 * What a sink confirms is stored, measured: real collectors are stopped and killed in mid-stream, and no message that
 * was confirmed is missing from their files. SYSLOG_KILLS sets the kills of each case (default 3, for a release 100).
 * RELP_QUEUE is the queue of rsyslog behind RELP: direct (the default), or disk or memory to see what they lose.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Message } from "../../src/core/event.ts";
import { type Authority, type Certificate, createAuthority } from "../support/certificates.ts";
import type { CollectorProcess } from "../support/collector.ts";
import { until } from "../support/poll.ts";
import { PumpDriver } from "../support/pump-driver.ts";
import { relpSink } from "../support/relp-sink.ts";
import {
  isImrelpInstalled,
  isRsyslogInstalled,
  RELP_QUEUES,
  type RelpQueue,
  startRsyslog,
} from "../support/rsyslog.ts";
import { isSyslogNgInstalled, startSyslogNg } from "../support/syslog-ng.ts";
import { syslogSink } from "../support/syslog-sink.ts";

const IS_LONG = process.env["SYSLOG_KILLS"] !== undefined;
const KILLS = Number(process.env["SYSLOG_KILLS"] ?? 3);
const QUEUE: RelpQueue = RELP_QUEUES.find((queue) => queue === process.env["RELP_QUEUE"]) ?? "direct";
/** What a kill of rsyslog itself loses of a queue: of one on disk at times the message that it is just handing on. */
const LOST_PER_KILL = { direct: 0, disk: 1, memory: Number.POSITIVE_INFINITY };
/** How long a queue may take to hand on what it holds. */
const QUEUE_MS = 20_000;
const BATCH = 500;
/** Aimed kills for each of the others, and the time after the start of a batch in which they fall. */
const AIMED = 4;
const LONGEST_READ_MS = 12;
/** How long at most a collector confirms under load before it is ended. */
const LONGEST_LOAD_MS = 200;
/** A disk queue writes out what it holds, message by message, before it ends. */
const CASE_MS = 60_000 + KILLS * (QUEUE === "direct" ? 5_000 : 60_000);

const never = new AbortController().signal;

const message = (seq: number): Message => ({
  seq,
  source: "signIns",
  time: 1_791_960_804_004,
  text: Buffer.from(`#${seq}# ${"x".repeat(360)}`),
});

let directory: string;
let authority: Authority;
let certificate: Certificate;
let collector: CollectorProcess | undefined;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "delivery-"));
  authority = await createAuthority(directory, "Test CA");
  certificate = await authority.issue("collector", { altNames: "DNS:localhost" });
});

afterEach(async () => {
  await collector?.stop();
  collector = undefined;
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

interface Started {
  readonly process: CollectorProcess;
  readonly port: number;
  readonly transport: "tcp" | "tls" | "relp";
  readonly requireCloseNotify?: boolean;
  readonly queue?: RelpQueue;
}

const newDirectory = () => mkdtempSync(join(directory, "collector-"));

async function rsyslogOverTls(driver: "ossl" | "gtls"): Promise<Started> {
  const tls = { ...certificate, caFile: authority.caFile, driver, authMode: "anon" } as const;
  const { process: started, tlsPort } = await startRsyslog({ directory: newDirectory(), tls });
  // The gtls driver sends no close_notify.
  return { process: started, port: tlsPort, transport: "tls", requireCloseNotify: driver === "ossl" };
}

async function rsyslogOverTcp(): Promise<Started> {
  const { process: started, tcpPort } = await startRsyslog({ directory: newDirectory() });
  return { process: started, port: tcpPort, transport: "tcp" };
}

async function syslogNgOver(transport: "tcp" | "tls"): Promise<Started> {
  const { process: started, octetPort, tlsPort } = await startSyslogNg({ directory: newDirectory(), tls: certificate });
  return { process: started, port: transport === "tls" ? tlsPort : octetPort, transport };
}

async function rsyslogOverRelp(): Promise<Started> {
  const { process: started, relpPort } = await startRsyslog({ directory: newDirectory(), relp: { queue: QUEUE } });
  return { process: started, port: relpPort, transport: "relp", queue: QUEUE };
}

const COLLECTORS = [
  ["rsyslog over TCP", "rsyslogd", isRsyslogInstalled, rsyslogOverTcp],
  ["rsyslog over TLS (ossl)", "rsyslogd", isRsyslogInstalled, () => rsyslogOverTls("ossl")],
  ["syslog-ng over TCP", "syslog-ng", isSyslogNgInstalled, () => syslogNgOver("tcp")],
  ["syslog-ng over TLS", "syslog-ng", isSyslogNgInstalled, () => syslogNgOver("tls")],
  [`rsyslog over RELP, ${QUEUE} queue`, "imrelp", isImrelpInstalled, rsyslogOverRelp],
  // This driver takes two seconds to start, so it is for the long form only.
  ...(IS_LONG
    ? [["rsyslog over TLS (gtls)", "rsyslogd", isRsyslogInstalled, () => rsyslogOverTls("gtls")] as const]
    : []),
] as const;

function sinkOf({ port, transport, requireCloseNotify }: Started) {
  if (transport === "relp") return relpSink({ port, connectTimeout: "5s", stallTimeout: "10s" });
  return syslogSink({
    port,
    transport,
    connectTimeout: "5s",
    stallTimeout: "10s",
    ...(transport === "tls" ? { tls: { caFile: authority.caFile, requireCloseNotify } } : {}),
  });
}

/** How often each number was stored. A line that a kill cut short has no number. */
async function stored(process: CollectorProcess): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  for (const line of await process.lines()) {
    for (const { groups } of line.matchAll(/#(?<seq>\d+)# x{360}/g)) {
      const seq = Number(groups?.["seq"]);
      counts.set(seq, (counts.get(seq) ?? 0) + 1);
    }
  }
  return counts;
}

/** Whether nothing more was stored within a second. */
function isAtRest(collecting: CollectorProcess): () => Promise<boolean> {
  return async () => {
    const before = (await collecting.lines()).length;
    await sleep(1_000);
    return (await collecting.lines()).length === before;
  };
}

/** What a failure may repeat: two batches, or with RELP its window. */
const UNCONFIRMED = { tcp: 2 * BATCH, tls: 2 * BATCH, relp: 128 };

/** Nothing confirmed is missing, or of a queue no more than it may lose; that is told. */
async function expectNothingLost(started: Started, driver: PumpDriver, kills: number): Promise<void> {
  const { process: collecting, transport, queue = "direct" } = started;
  const missing = async () => {
    const counts = await stored(collecting);
    return Array.from({ length: driver.confirmed }, (_, index) => index + 1).filter((seq) => !counts.has(seq));
  };
  if (queue !== "direct") await until("the queue is empty", isAtRest(collecting), QUEUE_MS);
  const counts = await stored(collecting);
  let repeated = 0;
  for (const count of counts.values()) repeated += count - 1;
  const lost = await missing();

  if (IS_LONG) {
    const { currentTestName } = expect.getState();
    process.stdout.write(
      `${currentTestName}, ${queue} queue: ${kills} kills, ${driver.confirmed} messages, ${lost.length} lost, ${repeated} repeated\n`,
    );
  }
  expect(lost.length).toBeLessThanOrEqual(kills * LOST_PER_KILL[queue]);
  expect(repeated).toBeLessThanOrEqual(driver.failures.length * UNCONFIRMED[transport]);
}

const KILL_CASES = (["SIGTERM", "SIGKILL"] as const).flatMap((signal) => [
  { signal, back: "after 0.1 s", downMs: 100 },
  { signal, back: "after 2 s", downMs: 2_000 },
]);

describe.each(COLLECTORS)("%s", (_name, binary, isInstalled, start) => {
  async function begin(skip: (note: string) => never): Promise<Started> {
    if (!isInstalled()) skip(`${binary} is not installed`);
    const started = await start();
    collector = started.process;
    return started;
  }

  for (const { signal, back, downMs } of KILL_CASES) {
    it(
      `keeps what was confirmed when ${signal} ends it under load and it is back ${back}`,
      async ({ skip }) => {
        const started = await begin(skip);
        const sink = sinkOf(started);
        const driver = new PumpDriver({ sink, message, batchSize: BATCH, pause: () => sleep(3) });
        let isOver = false;
        let struck = 0;

        const running = driver.run(() => !isOver, never);
        for (let kill = 0; kill < KILLS; kill++) {
          const { confirmed } = driver;
          await until("it confirms again", () => driver.confirmed > confirmed);
          await sleep(Math.random() * LONGEST_LOAD_MS);
          const failures = driver.failures.length;
          await started.process.kill(signal);
          await sleep(downMs);
          await started.process.start();
          if (driver.failures.length > failures) struck++;
        }
        isOver = true;
        await running;
        await sink.close();

        expect(struck).toBeGreaterThan(0);
        await expectNothingLost(started, driver, KILLS);
      },
      CASE_MS,
    );
  }

  // What one connection after the other cannot see: the collector has read a batch, dies before it has stored it, and
  // is back before anybody connects again.
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    it(
      `keeps what was confirmed when ${signal} ends it between reading and storing`,
      async ({ skip }) => {
        const started = await begin(skip);
        const sink = sinkOf(started);
        let restarted: Promise<void> = Promise.resolve();
        const driver = new PumpDriver({ sink, message, batchSize: BATCH, pause: () => restarted });
        const restart = async () => {
          await sleep(Math.random() * LONGEST_READ_MS);
          await started.process.kill(signal);
          await started.process.start();
        };
        let struck = 0;

        for (let kill = 0; kill < AIMED * KILLS; kill++) {
          const failures = driver.failures.length;
          let batches = 0;
          // The first one gets through: only a collector that has taken one is believed sooner the next time.
          const isWanted = () => {
            batches += 1;
            if (batches === 2) restarted = restart();
            return batches <= 2;
          };
          await driver.run(isWanted, never);
          await restarted;
          if (driver.failures.length > failures) struck++;
        }
        await sink.close();

        expect(struck).toBeGreaterThan(0);
        await expectNothingLost(started, driver, AIMED * KILLS);
      },
      CASE_MS,
    );
  }
});
