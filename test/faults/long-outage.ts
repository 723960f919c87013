/** The daemon is down for longer than its sweeps reach, and longer than Graph keeps sign-ins. */
import { strict as assert } from "node:assert";
import type { SourceName } from "../../src/core/event.ts";
import { said } from "../support/daemon.ts";
import { until } from "../support/poll.ts";
import { every } from "../support/scenario.ts";
import { onRig, type Rig } from "./rig.ts";
import type { Row } from "./row.ts";

const DAY_MS = 86_400_000;
/** Sign-ins are kept for 30 days. */
const OUTAGE_MS = 35 * DAY_MS;
const KEPT_MS = 29 * DAY_MS;
const LIVE = 20;
const DEADLINE_MS = 300_000;
const SOURCES: readonly SourceName[] = ["signIns", "riskDetections"];

export function longOutage({ events }: { readonly events: number }): Promise<Row[]> {
  return onRig({ riskTenants: 1, signInTenants: 1 }, async (rig) => {
    const { daemon, scenario } = rig;
    const sweeps = [
      { every: "10m", length: "30m" },
      { every: "24h", length: "72h" },
    ];
    const source = { every: "10s", sweeps };
    rig.configure({ sources: { signIns: source, riskDetections: source, riskyUsers: { every: "10s" } } });
    for (const place of rig.places) rig.show(LIVE, place);
    await daemon.start();
    await rig.untilStored();
    await until("the first start is over", () => readAgain(rig) === rig.places.length, DEADLINE_MS);
    await daemon.stop("SIGKILL");

    scenario.simulator.clock.offsetMs += OUTAGE_MS;
    const missed = SOURCES.flatMap((name) => showIn(rig, name, every(events, KEPT_MS / events, DAY_MS / 2)));
    const live = SOURCES.flatMap((name) => showIn(rig, name, every(LIVE, 0)));
    const before = performance.now();
    await daemon.start();
    await rig.untilStored(DEADLINE_MS);
    const recoverySeconds = (performance.now() - before) / 1_000;

    assert.equal(await daemon.stop(), 0);
    for (const name of SOURCES) assertLiveFirst(rig, ofSource(live, name), ofSource(missed, name));
    const rows = rig.rows(`down for ${OUTAGE_MS / DAY_MS} days`, { meant: 1, recoverySeconds });
    return rows.map((row) => ({ ...row, remark: `live first; lost to retention as reported: ${lossOf(rig)}` }));
  });
}

/** A re-read that is still open would have a loss of its own. */
function readAgain({ daemon }: Rig): number {
  return said(daemon.log, "re-read finished");
}

interface Shown {
  readonly source: SourceName;
  readonly id: string;
}

function showIn({ scenario, places }: Rig, source: SourceName, ages: readonly number[]): Shown[] {
  const { tenant = 0 } = places.find((place) => place.source === source) ?? {};
  return scenario.show(source, ages, { tenant }).map((id) => ({ source, id }));
}

function ofSource(shown: readonly Shown[], source: SourceName): string[] {
  return shown.filter((one) => one.source === source).map(({ id }) => id);
}

/** What happens now does not wait for what has happened. */
function assertLiveFirst({ receivers }: Rig, live: readonly string[], missed: readonly string[]): void {
  for (const { sink, stored } of receivers) {
    const places = new Map(
      stored.identities.map((identity, place) => [/\/(?<id>.+)@/.exec(identity)?.[1] ?? "", place]),
    );
    const lastLive = Math.max(...live.map((id) => places.get(id) ?? Infinity));
    const firstMissed = Math.min(...missed.map((id) => places.get(id) ?? -1));
    assert.ok(lastLive < firstMissed, `${sink}: a live event came after one of the outage`);
  }
}

/** The days that the daemon reports as lost; they must be those by which the outage is longer than Graph's memory. */
function lossOf({ daemon }: Rig): string {
  const losses = daemon.log.filter(({ code }) => code === "ERF3011");
  assert.deepEqual([...new Set(losses.map(({ source }) => source))], ["signIns"]);
  let days = 0;
  // Graph's edge moves on while the daemon reads along it: a slow host loses a little more, and says so.
  for (const { from, to } of losses) days += (Date.parse(String(to)) - Date.parse(String(from))) / DAY_MS;
  // The re-read begins the longest sweep before the mark.
  assert.ok(Math.abs(days - (5 + 3)) < 0.5, `${days} days reported as lost`);
  return `${days.toFixed(1)} days of sign-ins`;
}
