/**
 * How much of Graph's request budget a backfill of seven days makes use of: of the requests that Graph's limits allow
 * in its time, those that bring records that are new. The tenant is at work meanwhile, so its heads bring some too.
 */
import { type LogEntry, said } from "../support/daemon.ts";
import { until } from "../support/poll.ts";
import { type Figure, figure } from "./figure.ts";
import { DAY_MS, fillAll, requireLawful, SECOND_MS } from "./reading.ts";
import { benchTenants, onRig, type Rig } from "./rig.ts";

/** Graph's limits of a tenant. */
const ALLOWED = {
  signIns: { requests: 5, perMs: 10 * SECOND_MS, perPage: 1_000 },
  riskDetections: { requests: 1, perMs: SECOND_MS, perPage: 500 },
} as const;
type Source = keyof typeof ALLOWED;
const SOURCES: readonly Source[] = ["signIns", "riskDetections"];
const SIGN_INS_PER_SECOND = 2;
const DETECTIONS_PER_SECOND = 1;
const DEADLINE_MS = 1_200_000;

export interface Budget {
  /** What the limits allow to be asked for in this time is there to be read. */
  readonly seconds: number;
  readonly rounds: number;
}

type Shares = Readonly<Record<Source, number>>;

export async function budget({ seconds, rounds }: Budget): Promise<Figure[]> {
  const shares: Shares[] = [];
  for (let round = 0; round < rounds; round += 1) {
    shares.push(await onRig({ tenants: benchTenants(1), isStrict: true }, (rig) => measure(rig, seconds)));
  }
  return SOURCES.map((source) =>
    figure({
      name: `share of Graph's request budget that brings something in a backfill of 7 days, ${source}`,
      values: shares.map((share) => share[source]),
      references: [1],
      gate: { atLeast: 0.9 },
      goal: { atLeast: 0.97 },
    }),
  );
}

async function measure(rig: Rig, seconds: number): Promise<Shares> {
  const full = (source: Source) => {
    const { requests, perMs, perPage } = ALLOWED[source];
    return Math.round((seconds * SECOND_MS * requests * perPage) / perMs);
  };
  const counts = { signIns: full("signIns"), riskDetections: full("riskDetections") };
  await fillAll(rig, counts, { fromAgeMs: 7 * DAY_MS - 60 * SECOND_MS, toAgeMs: 0 });
  const settings = { every: "60s", backfill: "7d" };
  rig.configure({ sources: { signIns: settings, riskDetections: settings }, log: { level: "debug" } });
  await rig.startDaemon();
  const tenantIds = rig.tenants.map(({ tenantId }) => tenantId);
  await rig.graph.call("trickle", tenantIds, "signIns", SIGN_INS_PER_SECOND);
  await rig.graph.call("trickle", tenantIds, "riskDetections", DETECTIONS_PER_SECOND);
  await until("the backfills are over", () => said(rig.daemon.log, "re-read finished") === 2, DEADLINE_MS);
  await rig.untilStored(counts.signIns + counts.riskDetections);
  await requireLawful(rig.graph);
  return { signIns: shareOf(rig, "signIns"), riskDetections: shareOf(rig, "riskDetections") };
}

/**
 * The time that Graph's limits need for the requests that brought something, of the time that was taken: from the first
 * to the last one that the limits count into a window of its own.
 */
function shareOf({ daemon }: Rig, source: Source): number {
  const ours = daemon.log.filter((entry) => entry["source"] === source);
  const end = ours.findIndex(({ message }) => message === "re-read finished");
  const useful = ours.slice(0, end).filter(isNews);
  const { requests, perMs } = ALLOWED[source];
  const windows = Math.floor((useful.length - 1) / requests);
  if (windows < 1) throw new Error(`the backfill of ${source} is too short`);
  return (windows * perMs) / (timeOf(useful[windows * requests]) - timeOf(useful[0]));
}

function timeOf(entry?: LogEntry): number {
  return Date.parse(String(entry?.["timestamp"]));
}

function isNews({ message, first, revised }: LogEntry): boolean {
  return message === "page committed" && Number(first) + Number(revised) > 0;
}
