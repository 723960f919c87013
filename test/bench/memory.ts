/**
 * Resident memory of the daemon once it has read the same events: with nothing else, with many waiting for a collector
 * that is down, with many ids. What it is while a million drain is seen by the fault test of a collector that is down.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { until } from "../support/poll.ts";
import { type Figure, figure } from "./figure.ts";
import { residentBytesOf } from "./processes.ts";
import { benchTenants, NO_SWEEPS, onRig, type Rig } from "./rig.ts";
import { multiplyEvents, rememberIds } from "./states.ts";

const MEGABYTE = 1e6;
const SETTLING_MS = 5_000;
const DEADLINE_MS = 600_000;

export interface Memory {
  readonly tenants: number;
  readonly perTenant: number;
  readonly waiting: number;
  readonly ids: number;
}

type Prepare = (path: string) => void;

export async function memory({ tenants, perTenant, waiting, ids }: Memory): Promise<Figure[]> {
  const read = (isDown: boolean, prepare: Prepare) =>
    onRig({ tenants: benchTenants(tenants) }, (rig) => residentAfter(rig, { perTenant, isDown, prepare }));
  const steady = await read(false, () => {});
  const withWaiting = await read(true, (path) => multiplyEvents(path, waiting));
  const withIds = await read(false, (path) => rememberIds(path, ids, Date.now()));
  return [
    figure({
      name: "resident memory in MB, after events of 20 tenants were read and delivered",
      values: [steady],
      references: [1],
      gate: { atMost: 220 },
      goal: { atMost: 160 },
    }),
    figure({
      name: `the same with ${waiting} events waiting, against that`,
      values: [withWaiting],
      references: [steady],
      gate: { atMost: 1.1 },
    }),
    figure({
      name: `the same with ${ids} ids remembered, against that`,
      values: [withIds],
      references: [steady],
      gate: { atMost: 1.1 },
    }),
  ];
}

interface Reading {
  readonly perTenant: number;
  readonly isDown: boolean;
  readonly prepare: Prepare;
}

/** Half of the events make the state, which is then prepared; the other half is read by the daemon that is looked at. */
async function residentAfter(rig: Rig, { perTenant, isDown, prepare }: Reading): Promise<number> {
  const state = join(rig.daemon.directory, "state.db");
  const sinks = isDown ? [{ ...rig.sink("siem"), port: 1 }] : [rig.sink("siem")];
  rig.configure({ sources: NO_SWEEPS, sinks });
  await rig.fill(perTenant / 2);
  await rig.startDaemon();
  await until("the first half is read", () => acceptedIn(state) >= (rig.tenants.length * perTenant) / 2, DEADLINE_MS);
  await rig.daemon.stop();
  prepare(state);
  const before = acceptedIn(state);
  await rig.showNow(perTenant / 2);
  await rig.startDaemon();
  const expected = before + (rig.tenants.length * perTenant) / 2;
  await until("the second half is read", () => acceptedIn(state) >= expected, DEADLINE_MS);
  if (!isDown) await rig.untilStored(rig.tenants.length * perTenant);
  await sleep(SETTLING_MS);
  return residentBytesOf(rig.daemon.pid) / MEGABYTE;
}

function acceptedIn(state: string): number {
  const db = new Database(state, { readonly: true });
  try {
    return Number(db.prepare("SELECT coalesce(sum(accepted), 0) FROM stream").pluck().get());
  } finally {
    db.close();
  }
}
