/** Both collectors are down until many events wait: memory, start and delivery do not mind how many. */
import { strict as assert } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { showThePast } from "./no-fault.ts";
import { onRig, type Rig } from "./rig.ts";
import type { Row } from "./row.ts";

const TENANTS = 10;
const LOOK_MS = 250;
const DEADLINE_MS = 3_600_000;

export interface Backlog {
  readonly events: number;
  /** Delivered before, to have a memory to compare with. */
  readonly before: number;
  /** What only a machine that does nothing else can be held against. */
  readonly limits?: {
    /** The peak of memory with the backlog, as a share of the peak without. */
    readonly memoryRatio: number;
    /** How much longer than without a backlog a start takes. */
    readonly moreStartSeconds: number;
  };
}

export function backlog({ events, before, limits }: Backlog): Promise<Row[]> {
  return onRig({ riskTenants: 0, signInTenants: 2 * TENANTS }, async (rig) => {
    const { daemon } = rig;
    const { peak: without, start: plainStart } = await deliverFirst(rig, before);
    for (const { rsyslog } of rig.receivers) await rsyslog.process.kill("SIGKILL");
    const waiting = await pileUp(rig, events);
    const start = await timed(() => daemon.start());
    for (const { rsyslog } of rig.receivers) await rsyslog.process.start();
    const back = performance.now();
    const draining = await peakUntil(rig, () => rig.hasEverything());
    const recoverySeconds = (performance.now() - back) / 1_000;

    assert.equal(await daemon.stop(), 0);
    const ratio = Math.max(waiting, draining) / without;
    if (limits !== undefined) {
      assert.ok(ratio <= limits.memoryRatio, `${ratio.toFixed(2)} times the memory without a backlog`);
      assert.ok(
        start - plainStart <= limits.moreStartSeconds,
        `starts: ${plainStart.toFixed(1)} s, ${start.toFixed(1)} s`,
      );
    }
    const rows = rig.rows("collector down while events pile up", { meant: 1, recoverySeconds });
    const peaks = `peak RSS ${megabytes(without)} MB before, ${megabytes(waiting)} waiting, ${megabytes(draining)} draining`;
    return rows.map((row) => ({
      ...row,
      remark: `${peaks}; start in ${plainStart.toFixed(1)} s without, ${start.toFixed(1)} s with it`,
    }));
  });
}

/** A first half of the tenants, delivered as they are read. Answers the peak of memory, and how long the start took. */
async function deliverFirst(rig: Rig, events: number): Promise<{ peak: number; start: number }> {
  const places = rig.places.slice(0, TENANTS);
  rig.configure({}, places);
  showThePast(rig, events, places);
  const start = await timed(() => rig.daemon.start());
  const peak = await peakUntil(rig, () => rig.hasEverything());
  assert.equal(await rig.daemon.stop(), 0);
  return { peak, start };
}

/** The other half is read too while nobody takes it. Answers the peak of memory; the daemon is stopped then. */
async function pileUp(rig: Rig, events: number): Promise<number> {
  rig.configure();
  showThePast(rig, events, rig.places.slice(TENANTS));
  await rig.daemon.start();
  const peak = await peakUntil(rig, async () => (await backlogOf(rig)) >= events);
  assert.equal(await rig.daemon.stop(), 0);
  return peak;
}

/** The largest memory of the daemon until something is so. */
async function peakUntil({ daemon }: Rig, isSo: () => boolean | Promise<boolean>): Promise<number> {
  const deadline = performance.now() + DEADLINE_MS;
  let peak = 0;
  while (!(await isSo())) {
    assert.ok(performance.now() < deadline, "not within an hour");
    peak = Math.max(peak, daemon.residentBytes);
    await sleep(LOOK_MS);
  }
  return Math.max(peak, daemon.residentBytes);
}

/** What waits for the sink that is furthest behind. */
async function backlogOf({ daemon }: Rig): Promise<number> {
  await sleep(2_000);
  const { stdout } = await daemon.run("status", "--config", "config.yaml", "--json");
  const { sinks }: { sinks: { backlog: number }[] } = JSON.parse(stdout);
  return Math.max(...sinks.map(({ backlog: waiting }) => waiting));
}

async function timed(work: () => Promise<void>): Promise<number> {
  const before = performance.now();
  await work();
  return (performance.now() - before) / 1_000;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1_000_000);
}
