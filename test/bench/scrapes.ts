/**
 * What a thousand scrapes cost under full load. A processor's pace drifts by more than they cost, so stretches with and
 * without scrapes take turns within one run, and the load is of one kind: a log full of events that goes to a collector as
 * fast as the processor can. Beside reading it would go now faster, now slower.
 */
import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../support/ports.ts";
import { type Figure, figure } from "./figure.ts";
import { cpuSecondsOf } from "./processes.ts";
import { benchTenants, NO_SWEEPS, onRig, type Rig } from "./rig.ts";
import { multiplyEvents } from "./states.ts";

const TENANTS = 40;
const RECORDS_PER_TENANT = 100;
const KEPT = new Agent({ keepAlive: true });
/** Several times as often as anybody scrapes. */
const SCRAPE_EVERY_MS = 100;

export interface Scrapes {
  /** In the log: enough to last longer than the stretches. */
  readonly events: number;
  /** With scrapes; as many are without. */
  readonly stretches: number;
  readonly scrapesPerStretch: number;
}

interface Stretches {
  seconds: number;
  events: number;
  cpuSeconds: number;
}

export async function scrapes(amounts: Scrapes): Promise<Figure[]> {
  const { withThem, without } = await play(amounts);
  return [
    figure({
      name: `events a second beside ${amounts.stretches * amounts.scrapesPerStretch} scrapes under full load, against without`,
      values: [withThem.events / withThem.seconds],
      references: [without.events / without.seconds],
      gate: { atLeast: 0.99 },
    }),
    figure({
      name: "CPU microseconds an event of the same",
      values: [(1e6 * withThem.cpuSeconds) / withThem.events],
      references: [(1e6 * without.cpuSeconds) / without.events],
    }),
  ];
}

/** Throws when the events are over before the scrapes. */
function play({ events, stretches, scrapesPerStretch }: Scrapes) {
  return onRig({ tenants: benchTenants(TENANTS) }, async (rig) => {
    await fillLog(rig, events);
    const address = `127.0.0.1:${await freePort()}`;
    rig.configure({ sources: NO_SWEEPS, http: { listen: address } });
    await rig.startDaemon();
    await rig.untilStored(events / 20);
    const [withThem, without] = [nothing(), nothing()];
    const scraped = () => stretch(rig, withThem, () => scrape(`http://${address}/metrics`, scrapesPerStretch));
    const quiet = () => stretch(rig, without, () => sleep(scrapesPerStretch * SCRAPE_EVERY_MS));
    for (let turn = 0; turn < stretches; turn += 1) {
      for (const part of turn % 2 === 0 ? [quiet, scraped] : [scraped, quiet]) await part();
    }
    if (rig.stored.read() >= events) throw new Error("the events were over before the scrapes");
    return { withThem, without };
  });
}

/** A state in which so many events wait for the collector. */
async function fillLog(rig: Rig, events: number): Promise<void> {
  await rig.fill(RECORDS_PER_TENANT);
  rig.configure({ sources: NO_SWEEPS });
  await rig.startDaemon();
  await rig.untilStored(TENANTS * RECORDS_PER_TENANT);
  await rig.daemon.stop();
  multiplyEvents(join(rig.daemon.directory, "state.db"), events);
}

function nothing(): Stretches {
  return { seconds: 0, events: 0, cpuSeconds: 0 };
}

async function stretch({ stored, daemon }: Rig, sum: Stretches, meanwhile: () => Promise<unknown>): Promise<void> {
  const [start, events, cpu] = [performance.now(), stored.read(), cpuSecondsOf(daemon.pid)];
  await meanwhile();
  sum.events += stored.read() - events;
  sum.cpuSeconds += cpuSecondsOf(daemon.pid) - cpu;
  sum.seconds += (performance.now() - start) / 1_000;
}

/** One after the other is begun at an even pace, whether or not the last one was answered. */
async function scrape(url: string, wanted: number): Promise<void> {
  const begun: Promise<void>[] = [];
  for (let n = 0; n < wanted; n += 1) {
    begun.push(scrapeOnce(url));
    await sleep(SCRAPE_EVERY_MS);
  }
  await Promise.all(begun);
}

/** As Prometheus asks, over a connection that is kept; the collector needs the processor on which a text would be unpacked. */
async function scrapeOnce(url: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  get(url, { agent: KEPT, headers: { "accept-encoding": "gzip" } }, resolve).on("error", reject);
  const response = await promise;
  response.resume();
  await once(response, "end");
  if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode}`);
}
