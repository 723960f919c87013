/** What the path from Graph to the collector costs, and the floor under it: the same pages, fetched and parsed only. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type Figure, figure } from "./figure.ts";
import type { FloorResult, Walk } from "./floor.ts";
import { cpuSecondsOf, SUBJECT } from "./processes.ts";
import { benchTenants, NO_SWEEPS, onRig, type Rig } from "./rig.ts";

const FLOOR = join(import.meta.dirname, "floor.ts");
const MILLION = 1e6;

export interface PathCost {
  readonly tenants: number;
  readonly perTenant: number;
  readonly rounds: number;
}

/** Processor seconds for a million events. */
export async function pathCost({ tenants, perTenant, rounds }: PathCost): Promise<Figure[]> {
  const values: number[] = [];
  const references: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await onRig({ tenants: benchTenants(tenants) }, async (rig) => {
      await rig.fill(perTenant);
      references.push(await floor(rig));
      values.push(await daemon(rig, tenants * perTenant));
    });
  }
  return [
    figure({
      name: "CPU seconds per million events, against fetching and parsing alone",
      values,
      references,
      gate: { atMost: 3 },
      goal: { atMost: 2 },
    }),
  ];
}

async function daemon(rig: Rig, events: number): Promise<number> {
  rig.configure({ sources: NO_SWEEPS });
  await rig.startDaemon();
  const before = cpuSecondsOf(rig.daemon.pid);
  await rig.untilStored(events);
  return ((cpuSecondsOf(rig.daemon.pid) - before) / events) * MILLION;
}

async function floor(rig: Rig): Promise<number> {
  const walks: Walk[] = [];
  for (const tenant of rig.tenants) {
    const token = await rig.token(tenant);
    walks.push({ url: `${rig.graphOrigin}/v1.0/auditLogs/signIns?$top=1000`, token });
    walks.push({ url: `${rig.graphOrigin}/v1.0/identityProtection/riskDetections?$top=500`, token });
  }
  const [taskset, ...cpu] = SUBJECT;
  const child = spawn(taskset, [...cpu, process.execPath, FLOOR], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify(walks));
  const { records, cpuSeconds }: FloorResult = JSON.parse(await text(child.stdout));
  return (cpuSeconds / records) * MILLION;
}
