/**
 * From the start of the process to its first request to Graph, without a state and with a large one, which is in the
 * system's cache. With a state the daemon lets one window of Graph's budget pass first, a second of identityProtection.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Figure, figure } from "./figure.ts";
import { SUBJECT } from "./processes.ts";
import { benchTenants, NO_SWEEPS, onRig, type Rig } from "./rig.ts";
import { multiplyEvents } from "./states.ts";

const LOOK_MS = 5;
const EVENT_BYTES = 420;

export interface Start {
  readonly stateBytes: number;
  readonly rounds: number;
}

export async function start({ stateBytes, rounds }: Start): Promise<Figure[]> {
  const empty: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    empty.push(await onRig({ tenants: benchTenants(1) }, (rig) => firstRequest(rig)));
  }
  const large = await onRig({ tenants: benchTenants(1) }, async (rig) => {
    await rig.fill(1_000);
    await firstRequest(rig);
    await rig.daemon.start();
    await rig.untilStored(1_000);
    await rig.daemon.stop();
    const state = join(rig.daemon.directory, "state.db");
    multiplyEvents(state, Math.ceil(stateBytes / EVENT_BYTES));
    const { size } = statSync(state);
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) times.push(await firstRequest(rig));
    return { times, size };
  });
  return [
    figure({
      name: "seconds from the start to the first poll, without a state",
      values: empty,
      references: [1],
      gate: { atMost: 1 },
      goal: { atMost: 0.5 },
    }),
    figure({
      name: `the same with a state of ${Math.round(large.size / 1e6)} MB`,
      values: large.times,
      references: [1],
      gate: { atMost: 2 },
      goal: { atMost: 1 },
    }),
  ];
}

/** Seconds; the daemon is stopped then. */
async function firstRequest(rig: Rig): Promise<number> {
  rig.configure({ sources: NO_SWEEPS });
  const before = await polls(rig);
  const began = performance.now();
  rig.daemon.launch({ under: SUBJECT });
  while ((await polls(rig)) === before) {
    if (!rig.daemon.isRunning) throw new Error(`the daemon ended:\n${rig.daemon.everything}`);
    await sleep(LOOK_MS);
  }
  const seconds = (performance.now() - began) / 1_000;
  await rig.daemon.stop();
  return seconds;
}

async function polls({ graph }: Rig): Promise<number> {
  return (await graph.call("requests")).filter(({ endpoint }) => endpoint === "graph").length;
}
