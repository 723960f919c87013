/**
 * What the path from Graph to the collector costs: one sink over TCP, full durability. Held against the floor under it
 * (the same pages fetched and parsed, nothing else), against rsyslog handing the same lines on, and against the script
 * that one writes first.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { until } from "../support/poll.ts";
import { type Figure, figure } from "./figure.ts";
import { cpuSecondsOf } from "./processes.ts";
import { relay } from "./relay.ts";
import { benchTenants, NO_SWEEPS, onRig, type Rig } from "./rig.ts";
import type { ScriptOrders } from "./script.ts";
import { type Result, runSubject } from "./subject.ts";

const MILLION = 1e6;
const SWEEP_DEADLINE_MS = 600_000;
/** More than lines have on average, in bytes. */
const ROOM_PER_LINE = 4_000;

export interface PathCost {
  readonly tenants: number;
  readonly perTenant: number;
  /** Lines that rsyslog hands on from a synced queue: a thousand a second. */
  readonly relayed: number;
  readonly rounds: number;
}

interface Round {
  readonly floor: Result;
  readonly one: Cost;
  readonly two: Cost;
  readonly known: Cost;
  readonly script: Result;
  readonly relayCpuSeconds: number;
}

interface Cost {
  readonly cpuSeconds: number;
  readonly seconds: number;
}

export async function pathCost(amounts: PathCost): Promise<Figure[]> {
  const rounds: Round[] = [];
  for (let round = 0; round < amounts.rounds; round += 1) rounds.push(await play(amounts));
  const events = amounts.tenants * amounts.perTenant;
  const perMillion = (of: (round: Round) => number, count = events) =>
    rounds.map((round) => (of(round) / count) * MILLION);
  const one = perMillion(({ one: { cpuSeconds } }) => cpuSeconds);
  return [
    figure({
      name: "CPU seconds per million events, against the floor",
      values: one,
      references: perMillion(({ floor }) => floor.cpuSeconds),
      gate: { atMost: 3 },
      goal: { atMost: 2 },
    }),
    figure({
      name: "the same, against rsyslog with a synced disk queue",
      values: one,
      references: perMillion(({ relayCpuSeconds }) => relayCpuSeconds, amounts.relayed),
      gate: { atMost: 0.4 },
      goal: { atMost: 0.2 },
    }),
    figure({
      name: "the same, against the script",
      values: one,
      references: perMillion(({ script }) => script.cpuSeconds),
      goal: { atMost: 1 },
    }),
    figure({
      name: "seconds for all events, within Graph's limits, against the script, which knows none",
      values: rounds.map(({ one: { seconds } }) => seconds),
      references: rounds.map(({ script }) => script.seconds),
      goal: { atMost: 1 },
    }),
    figure({
      name: "CPU seconds per million records that are known, whole, against new ones",
      values: perMillion(({ known }) => known.cpuSeconds),
      references: one,
      gate: { atMost: 0.5 },
      goal: { atMost: 0.4 },
    }),
    figure({
      name: "CPU seconds per million events with two sinks, against one",
      values: perMillion(({ two }) => two.cpuSeconds),
      references: one,
      gate: { atMost: 1.25 },
      goal: { atMost: 1.15 },
    }),
  ];
}

async function play({ tenants, perTenant, relayed }: PathCost): Promise<Round> {
  const events = tenants * perTenant;
  const options = { tenants: benchTenants(tenants) };
  const two = await onRig(options, async (rig) => {
    await prepare(rig, perTenant);
    return deliver(rig, { events, sinks: 2 });
  });
  return onRig(options, async (rig) => {
    await prepare(rig, perTenant);
    const floor = await runSubject("floor.ts", await walksOf(rig), events);
    const one = await deliver(rig, { events, sinks: 1 });
    const known = await sweep(rig, events);
    const lines = firstLines(rig.rsyslog.process.output, relayed);
    const script = await runSubject("script.ts", await scriptOrders(rig), events);
    return { floor, one, two, known, script, relayCpuSeconds: await relay(lines, "synced disk") };
  });
}

/** Of a file that may be longer than a text can be. Throws when it has fewer. */
function firstLines(file: string, count: number): string[] {
  const start = Buffer.alloc(count * ROOM_PER_LINE);
  const descriptor = openSync(file, "r");
  const length = readSync(descriptor, start);
  closeSync(descriptor);
  const lines = start.toString("utf8", 0, length).split("\n").slice(0, -1);
  if (lines.length < count) throw new Error(`${lines.length} lines of ${count}`);
  return lines.slice(0, count);
}

/** Every page is compressed by the time that it counts. */
async function prepare(rig: Rig, perTenant: number): Promise<void> {
  await rig.fill(perTenant);
  await runSubject("floor.ts", await walksOf(rig), rig.tenants.length * perTenant);
}

async function deliver(
  rig: Rig,
  { events, sinks }: { readonly events: number; readonly sinks: number },
): Promise<Cost> {
  const names = Array.from({ length: sinks }, (_, index) => `siem-${index + 1}`);
  rig.configure({ sources: NO_SWEEPS, sinks: names.map((name) => rig.sink(name)) });
  await rig.startDaemon();
  return measured(rig, () => rig.untilStored(events, sinks));
}

/** A sweep reads everything again, and nothing of it is news. */
async function sweep(rig: Rig, events: number): Promise<Cost> {
  const source = { every: "10s", sweeps: [{ every: "10s", length: "1h" }] };
  rig.configure({
    sources: { signIns: source, riskDetections: source },
    sinks: [rig.sink("siem-1")],
    log: { level: "debug" },
  });
  await rig.startDaemon();
  return measured(rig, () => until("all is read again", () => knownOf(rig) >= events, SWEEP_DEADLINE_MS));
}

/** Records that were read and known, as the daemon's log tells of each page. */
function knownOf({ daemon }: Rig): number {
  let known = 0;
  for (const entry of daemon.latestLog) if (entry.message === "page committed") known += Number(entry["known"]);
  return known;
}

async function measured({ daemon }: Rig, work: () => Promise<void>): Promise<Cost> {
  const before = cpuSecondsOf(daemon.pid);
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1_000;
  const cpuSeconds = cpuSecondsOf(daemon.pid) - before;
  await daemon.stop();
  return { cpuSeconds, seconds };
}

async function walksOf(rig: Rig): Promise<object> {
  const walks: object[] = [];
  for (const tenant of rig.tenants) {
    const token = await rig.token(tenant);
    walks.push({ url: `${rig.graphOrigin}/v1.0/auditLogs/signIns?$top=1000`, token });
    walks.push({ url: `${rig.graphOrigin}/v1.0/identityProtection/riskDetections?$top=500`, token });
  }
  return walks;
}

async function scriptOrders(rig: Rig): Promise<ScriptOrders> {
  const tokens: string[] = [];
  for (const tenant of rig.tenants) tokens.push(await rig.token(tenant));
  const stateFile = join(rig.daemon.directory, "last");
  return { graph: rig.graphOrigin, port: rig.rsyslog.tcpPort, stateFile, tokens };
}
