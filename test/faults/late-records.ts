/** Records that appear long after their time, are revised a day later, or whose risk goes up, down and up again. */
import { strict as assert } from "node:assert";
import type { GraphRecord, SourceName } from "../../src/core/event.ts";
import { until } from "../support/poll.ts";
import { every } from "../support/scenario.ts";
import { onRig, type Place, type Rig } from "./rig.ts";
import type { Row } from "./row.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DEADLINE_MS = 300_000;

/** The sweeps have their default lengths; their turn comes sooner. */
const SWEEPS = {
  signIns: sweeps("30m", "48h"),
  riskDetections: sweeps("6h", "72h"),
  riskyUsers: { every: "10s" },
};
const UP = { riskLevel: "high", riskState: "atRisk" };
const DOWN = { riskLevel: "none", riskState: "dismissed" };
const STALE_ANSWERS = 3;

export function lateRecords({ events }: { readonly events: number }): Promise<Row[]> {
  return onRig({ riskTenants: 1, signInTenants: 1 }, async (rig) => {
    const { daemon } = rig;
    rig.configure({ sources: SWEEPS });
    const early = rig.places.map((place) => ({ place, ids: showOver(rig, place, events, 24 * HOUR_MS) }));
    await daemon.start();
    await rig.untilStored(DEADLINE_MS);

    const before = performance.now();
    showLate(rig, events);
    for (const { place, ids } of early) {
      revise(rig, place, ids, place.source === "signIns" ? { riskLevelAggregated: "high", riskState: "atRisk" } : UP);
    }
    await rig.untilStored(DEADLINE_MS);
    const recoverySeconds = (performance.now() - before) / 1_000;
    for (const changes of [DOWN, UP]) {
      for (const { place, ids } of early) if (place.source !== "signIns") revise(rig, place, ids, changes);
      await rig.untilStored(DEADLINE_MS);
    }
    await answerStale(rig);

    assert.equal(await daemon.stop(), 0);
    const late = rig.scenario.simulator.ledger.filter((entry) => entry.late).length;
    const revised = rig.scenario.simulator.ledger.filter(({ revision }) => revision > 1).length;
    const outcome = { meant: events, caused: late + revised, recoverySeconds, repeatsPerFault: 0 };
    const rows = rig.rows("records late, revised, up and down again, and stale", outcome);
    return rows.map((row) => ({ ...row, remark: `${late} late, ${revised} revisions` }));
  });
}

/** Records whose times are spread over a span before Graph's present. Answers their ids. */
function showOver({ scenario }: Rig, { tenant, source }: Place, count: number, spanMs: number): string[] {
  return scenario.show(source, every(count, spanMs / count), { tenant });
}

/** The state table has no late records: a user is in it or is not. */
function showLate({ scenario, places }: Rig, events: number): void {
  const spans: Readonly<Record<SourceName, number>> = {
    signIns: 2 * HOUR_MS,
    riskDetections: 48 * HOUR_MS,
    riskyUsers: 0,
  };
  for (const { tenant, source } of places) {
    const spanMs = spans[source];
    if (spanMs > 0) scenario.show(source, every(events, spanMs / events, MINUTE_MS), { tenant, late: true });
  }
}

function revise({ scenario }: Rig, { tenant, source }: Place, ids: readonly string[], changes: GraphRecord): void {
  const { tenantId = "" } = scenario.tenants[tenant] ?? {};
  for (const id of ids) scenario.simulator.revise(tenantId, source, id, changes);
}

/** For a few answers Graph shows the state before the latest change. */
async function answerStale({ scenario }: Rig): Promise<void> {
  const fault = scenario.simulator.fault({ kind: "stale", source: "riskDetections" });
  await until("the past is answered", () => fault.fired >= STALE_ANSWERS, DEADLINE_MS);
  fault.clear();
  const asked = scenario.simulator.requests.length;
  await until("the present again", () => scenario.simulator.requests.length >= asked + STALE_ANSWERS, DEADLINE_MS);
}

function sweeps(...lengths: readonly string[]) {
  return { every: "10s", backfill: "72h", sweeps: lengths.map((length) => ({ every: "20s", length })) };
}
