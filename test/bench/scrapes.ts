/** What a thousand scrapes cost under full load: the same events from Graph to the collector with and without them. */
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../support/ports.ts";
import { type Figure, figure } from "./figure.ts";
import { cpuSecondsOf } from "./processes.ts";
import { benchTenants, NO_SWEEPS, onRig } from "./rig.ts";

/** So many that their budgets together are more than a processor can take. */
const TENANTS = 40;

export interface Scrapes {
  readonly perTenant: number;
  readonly scrapes: number;
  /** From one scrape to the next, so that they last as long as the events. */
  readonly everyMs: number;
  readonly rounds: number;
}

interface Run {
  readonly eventsPerSecond: number;
  readonly cpuSeconds: number;
}

export async function scrapes(amounts: Scrapes): Promise<Figure[]> {
  const without: Run[] = [];
  const withThem: Run[] = [];
  for (let round = 0; round < amounts.rounds; round += 1) {
    without.push(await play({ ...amounts, scrapes: 0 }));
    withThem.push(await play(amounts));
  }
  return [
    figure({
      name: `events a second beside ${amounts.scrapes} scrapes under full load, against without`,
      values: withThem.map(({ eventsPerSecond }) => eventsPerSecond),
      references: without.map(({ eventsPerSecond }) => eventsPerSecond),
      gate: { atLeast: 0.99 },
    }),
    figure({
      name: "CPU seconds of the same",
      values: withThem.map(({ cpuSeconds }) => cpuSeconds),
      references: without.map(({ cpuSeconds }) => cpuSeconds),
    }),
  ];
}

/** Throws when the events are over before the scrapes. */
function play({ perTenant, scrapes: wanted, everyMs }: Scrapes): Promise<Run> {
  return onRig({ tenants: benchTenants(TENANTS) }, async (rig) => {
    await rig.fill(perTenant);
    const address = `127.0.0.1:${await freePort()}`;
    rig.configure({ sources: NO_SWEEPS, http: { listen: address } });
    await rig.startDaemon();
    const [start, before] = [performance.now(), cpuSecondsOf(rig.daemon.pid)];
    const scraping = scrape(`http://${address}/metrics`, wanted, everyMs);
    await rig.untilStored(TENANTS * perTenant);
    const run = {
      eventsPerSecond: (TENANTS * perTenant * 1_000) / (performance.now() - start),
      cpuSeconds: cpuSecondsOf(rig.daemon.pid) - before,
    };
    const left = scraping.left();
    await scraping.done;
    if (left > 0) throw new Error(`${left} scrapes were left when the events were over`);
    return run;
  });
}

/** One after the other is begun, whether or not the last one was answered. */
function scrape(url: string, wanted: number, everyMs: number) {
  const begun: Promise<void>[] = [];
  const left = () => wanted - begun.length;
  const one = async () => {
    // A connection that is kept may be closed by the daemon just as it is used again.
    const response = await fetch(url, { headers: { connection: "close" } });
    await response.text();
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
  };
  const work = async () => {
    for (; left() > 0; begun.push(one())) await sleep(everyMs);
    await Promise.all(begun);
  };
  return { left, done: work() };
}
