/** What the daemon costs where nothing happens: three streams with the shipped defaults. */
import { setTimeout as sleep } from "node:timers/promises";
import { said } from "../support/daemon.ts";
import { until } from "../support/poll.ts";
import { type Figure, figure } from "./figure.ts";
import { cpuSecondsOf } from "./processes.ts";
import { SECOND_MS } from "./reading.ts";
import { benchTenants, onRig, type Rig } from "./rig.ts";

const HOUR_S = 3_600;
const STREAMS = ["signIns", "riskDetections", "riskyUsers"] as const;

export interface Idle {
  /** Whole intervals of a minute count alike. */
  readonly seconds: number;
}

export async function idle({ seconds }: Idle): Promise<Figure[]> {
  const cpuSeconds = await onRig({ tenants: benchTenants(1), isStrict: true, sources: STREAMS }, async (rig) => {
    rig.configure();
    await rig.startDaemon();
    await until("the first reads are over", () => said(rig.daemon.log, "re-read finished") === STREAMS.length);
    return costOf(rig, seconds);
  });
  return [
    figure({
      name: `CPU seconds an hour, idle, 3 streams, as of ${seconds} s`,
      values: [(cpuSeconds / seconds) * HOUR_S],
      references: [1],
      gate: { atMost: 15 },
      goal: { atMost: 5 },
    }),
  ];
}

/** Processor seconds within a time. Throws when Graph was not asked in it, as by a daemon that stands still. */
async function costOf({ daemon, graph }: Rig, seconds: number): Promise<number> {
  const asked = (await graph.call("requests")).length;
  const before = cpuSecondsOf(daemon.pid);
  await sleep(seconds * SECOND_MS);
  const cpuSeconds = cpuSecondsOf(daemon.pid) - before;
  if ((await graph.call("requests")).length === asked) throw new Error("nothing was read");
  return cpuSeconds;
}
