/**
 * How long after Graph shows an event the collector has it: fifty events a second, within Graph's own limits, while
 * sweeps read the last hour again; then the same while a backfill of seven days runs.
 *
 * Five tenants share the fifty events. One alone could not have them in ten seconds, whoever reads: with the two minutes
 * that each poll reaches back they fill more pages than Graph lets a tenant ask for in that time.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../support/poll.ts";
import { Arrivals } from "./arrivals.ts";
import { type Figure, figure, percentile } from "./figure.ts";
import { DAY_MS, fillAll, HOUR_MS, requireLawful, rereadRequests, SECOND_MS } from "./reading.ts";
import { benchTenants, onRig, type Rig } from "./rig.ts";

const TENANTS = 5;
/** The shortest that can be configured. */
const INTERVAL_S = 10;
const PER_SECOND = { signIns: 45, riskDetections: 5 };
const SETTINGS = { every: `${INTERVAL_S}s`, backfill: "10m", sweeps: [{ every: "10s", length: "1h" }] };
/** More than Graph's limits let a backfill read of one tenant, with what heads leave of them. */
const BACKFILL_PER_SECOND = { signIns: 400, riskDetections: 450 };
/** Until a backfill is under way. */
const BEGINNING_S = 3;

export interface Lag {
  /** Of each of the two measurements. */
  readonly seconds: number;
  /** Of the same pace, before the daemon starts: what the overlap and the sweeps read again. */
  readonly pastSeconds: number;
  readonly rounds: number;
}

/** Lags in seconds. */
interface Round {
  readonly alone: readonly number[];
  readonly beside: readonly number[];
}

export async function lag(amounts: Lag): Promise<Figure[]> {
  const rounds: Round[] = [];
  for (let round = 0; round < amounts.rounds; round += 1) {
    rounds.push(await onRig({ tenants: benchTenants(TENANTS), isStrict: true }, (rig) => measure(rig, amounts)));
  }
  return [...againstInterval(rounds), ...againstAlone(rounds)];
}

function againstInterval(rounds: readonly Round[]): Figure[] {
  return [
    figure({
      name: "lag p50 in seconds at 50 events/s, sweeps running, beyond half the interval",
      values: rounds.map(({ alone }) => percentile(alone, 0.5)),
      references: [INTERVAL_S / 2],
      ratioOf: beyond,
      gate: { atMost: 1 },
      goal: { atMost: 0.5 },
    }),
    figure({
      name: "lag p99 in seconds at 50 events/s, sweeps running, beyond the interval",
      values: rounds.map(({ alone }) => percentile(alone, 0.99)),
      references: [INTERVAL_S],
      ratioOf: beyond,
      gate: { atMost: 2 },
      goal: { atMost: 1 },
    }),
  ];
}

function beyond(value: number, reference: number): number {
  return value - reference;
}

function againstAlone(rounds: readonly Round[]): Figure[] {
  return [0.5, 0.99].map((share) =>
    figure({
      name: `lag p${share * 100} in seconds while a backfill of 7 days runs, against without`,
      values: rounds.map(({ beside }) => percentile(beside, share)),
      references: rounds.map(({ alone }) => percentile(alone, share)),
      gate: { atMost: 1.2 },
      goal: { atMost: 1.1 },
    }),
  );
}

async function measure(rig: Rig, { seconds, pastSeconds }: Lag): Promise<Round> {
  await fillPast(rig, pastSeconds);
  await fillWeek(rig, seconds + BEGINNING_S);
  rig.configure({ sources: { signIns: SETTINGS, riskDetections: SETTINGS } });
  const arrivals = new Arrivals(rig.stored);
  try {
    await rig.startDaemon();
    arrivals.start();
    await trickle(rig);
    // The first interval is that of a start.
    await sleep(INTERVAL_S * SECOND_MS);
    await until("the first starts are over", () => finished(rig, "first start") === 2 * TENANTS);
    const alone = await lagsDuring(rig, arrivals, () => sweepsFor(rig, seconds));
    await askForWeek(rig);
    const beside = await lagsDuring(rig, arrivals, () => backfillFor(rig, seconds));
    await requireLawful(rig.graph);
    return { alone, beside };
  } finally {
    arrivals.stop();
  }
}

/** The lags of what becomes visible while something goes on. */
async function lagsDuring({ graph }: Rig, arrivals: Arrivals, something: () => Promise<void>): Promise<number[]> {
  const from = (await graph.call("ledger", 0)).length;
  await something();
  return arrivals.lagsOf(await graph.call("ledger", from));
}

async function sweepsFor({ graph }: Rig, seconds: number): Promise<void> {
  const before = await rereadRequests(graph);
  await sleep(seconds * SECOND_MS);
  if ((await rereadRequests(graph)) - before < TENANTS) throw new Error("the sweeps did not run");
}

async function backfillFor(rig: Rig, seconds: number): Promise<void> {
  const before = await rereadRequests(rig.graph);
  await sleep(seconds * SECOND_MS);
  if ((await rereadRequests(rig.graph)) - before < TENANTS) throw new Error("the backfills did not run");
  if (finished(rig, "backfill") > 0) throw new Error("a backfill ended within the measurement");
}

function finished({ daemon }: Rig, wanted: string): number {
  return daemon.log.filter(({ message, reason }) => message === "re-read finished" && reason === wanted).length;
}

async function trickle({ graph, tenants }: Rig): Promise<void> {
  const tenantIds = tenants.map(({ tenantId }) => tenantId);
  await graph.call("trickle", tenantIds, "signIns", PER_SECOND.signIns);
  await graph.call("trickle", tenantIds, "riskDetections", PER_SECOND.riskDetections);
}

function fillPast(rig: Rig, seconds: number): Promise<void> {
  const ofTenant = (perSecond: number) => Math.round((seconds * perSecond) / TENANTS);
  const counts = { signIns: ofTenant(PER_SECOND.signIns), riskDetections: ofTenant(PER_SECOND.riskDetections) };
  return fillAll(rig, counts, { fromAgeMs: seconds * SECOND_MS, toAgeMs: 0 });
}

/** More than can be read in so many seconds, and older than what sweeps read. */
function fillWeek(rig: Rig, seconds: number): Promise<void> {
  const { signIns, riskDetections } = BACKFILL_PER_SECOND;
  const counts = { signIns: seconds * signIns, riskDetections: seconds * riskDetections };
  return fillAll(rig, counts, { fromAgeMs: 7 * DAY_MS - HOUR_MS, toAgeMs: 2 * HOUR_MS });
}

async function askForWeek({ daemon }: Rig): Promise<void> {
  const now = Date.now();
  const at = (ageMs: number) => new Date(now - ageMs).toISOString();
  const argv = ["backfill", "--config", "config.yaml", "--since", at(7 * DAY_MS), "--until", at(HOUR_MS)];
  const { exitCode, stderr } = await daemon.run(...argv);
  if (exitCode !== 0) throw new Error(`backfill: ${stderr}`);
  await sleep(BEGINNING_S * SECOND_MS);
}
