/**
 * What many tenants cost, nearly all of them at rest: a thousand with three streams each, over two app registrations,
 * held against one tenant. Graph lets an app read 122 reports in ten seconds over all its tenants, so 500 of them cannot
 * be read more often than every 41 s; the intervals are the shipped ones of a minute and, for risky users, five.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openStoreReadOnly } from "../../src/store/sqlite/sqlite-store.ts";
import { until } from "../support/poll.ts";
import { type TestTenant, testTenant } from "../support/scenario.ts";
import { Arrivals } from "./arrivals.ts";
import { type Figure, figure, percentile } from "./figure.ts";
import { cpuSecondsOf, residentBytesOf } from "./processes.ts";
import { requireLawful, SECOND_MS } from "./reading.ts";
import { benchTenants, onRig, type Rig } from "./rig.ts";

const STREAMS = ["signIns", "riskDetections", "riskyUsers"] as const;
const APPS = 2;
const EVENTS_PER_SECOND = 2.5;
const LOOK_MS = 500;
const DEADLINE_MS = 900_000;
const MEGABYTE = 1e6;

export interface ManyTenants {
  readonly tenants: number;
  readonly busy: number;
  readonly intervalSeconds: number;
  readonly riskyUsersSeconds: number;
  /** Intervals at rest, and as many with events. */
  readonly intervals: number;
}

interface Found {
  readonly megabytes: number;
  readonly lagP99: number;
  /** Share of a core while nothing happens. */
  readonly idle: number;
}

export async function manyTenants(amounts: ManyTenants): Promise<Figure[]> {
  const one = await find({ ...amounts, tenants: 1, busy: 1 });
  const many = await find(amounts);
  const { tenants, busy, intervalSeconds } = amounts;
  const which = `${tenants} tenants, ${busy} of them busy`;
  return [
    figure({
      name: `resident memory in MB, ${which}, against one tenant`,
      values: [many.megabytes],
      references: [one.megabytes],
      gate: { atMost: 2 },
      goal: { atMost: 1.5 },
    }),
    figure({
      name: `lag p99 in seconds, ${which}, beyond the interval`,
      values: [many.lagP99],
      references: [intervalSeconds],
      ratioOf: (value, reference) => value - reference,
      gate: { atMost: 5 },
      goal: { atMost: 2 },
    }),
    figure({
      name: `share of a core while nothing happens, ${tenants} tenants`,
      values: [many.idle],
      references: [1],
      gate: { atMost: 0.1 },
      goal: { atMost: 0.05 },
    }),
  ];
}

function find(amounts: ManyTenants): Promise<Found> {
  const { busy, intervalSeconds, intervals } = amounts;
  const seconds = intervals * intervalSeconds;
  return onRig({ tenants: overApps(amounts.tenants), isStrict: true, sources: STREAMS }, async (rig) => {
    configure(rig, amounts);
    await rig.startDaemon();
    await firstReads(rig);
    const idle = await idleShare(rig, seconds);
    const lags = await lagsOf(rig, busy, seconds);
    await requireLawful(rig.graph);
    const megabytes = residentBytesOf(rig.daemon.pid) / MEGABYTE;
    return { megabytes, lagP99: percentile(lags, 0.99), idle };
  });
}

/** A provider's app registration is the same in many tenants. */
function overApps(count: number): TestTenant[] {
  return benchTenants(count).map((tenant, index) => ({ ...tenant, clientId: testTenant((index % APPS) + 1).clientId }));
}

/** The first start reaches back no further than it must: nothing is there. */
function configure(rig: Rig, { intervalSeconds, riskyUsersSeconds }: ManyTenants): void {
  const settings = { every: `${intervalSeconds}s`, backfill: "10m" };
  const riskyUsers = { every: `${riskyUsersSeconds}s` };
  rig.configure({ sources: { signIns: settings, riskDetections: settings, riskyUsers } });
}

/** As the state tells: a log that says the same thousands of times sums it up once a minute. */
async function firstReads({ daemon, tenants }: Rig): Promise<void> {
  const store = openStoreReadOnly(join(daemon.directory, "state.db"));
  const areOver = async () => {
    await sleep(LOOK_MS);
    const read = (await store.status()).streams.filter(
      ({ mark, rereads }) => mark !== undefined && rereads.length === 0,
    );
    return read.length === tenants.length * STREAMS.length;
  };
  try {
    await until("the first reads of all streams are over", areOver, DEADLINE_MS);
  } finally {
    await store.close();
  }
}

/** Throws when not every tenant was read meanwhile. */
async function idleShare({ daemon, graph, tenants }: Rig, seconds: number): Promise<number> {
  const before = (await graph.call("requests")).length;
  const cpuSeconds = cpuSecondsOf(daemon.pid);
  await sleep(seconds * SECOND_MS);
  const share = (cpuSecondsOf(daemon.pid) - cpuSeconds) / seconds;
  const asked = new Set((await graph.call("requests")).slice(before).map(({ tenantId }) => tenantId));
  if (asked.size < tenants.length) throw new Error(`${tenants.length - asked.size} tenants were not read`);
  return share;
}

async function lagsOf({ graph, stored, tenants }: Rig, busy: number, seconds: number): Promise<number[]> {
  const arrivals = new Arrivals(stored);
  arrivals.start();
  try {
    const tenantIds = tenants.slice(0, busy).map(({ tenantId }) => tenantId);
    await graph.call("trickle", tenantIds, "signIns", busy * EVENTS_PER_SECOND);
    await sleep(seconds * SECOND_MS);
    await graph.call("endTrickles");
    return await arrivals.lagsOf(await graph.call("ledger", 0));
  } finally {
    arrivals.stop();
  }
}
