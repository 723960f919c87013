/**
 * What scrapes cost under full load: a log full of events that goes to a collector as fast as the processor can.
 * Of all that the daemon does meanwhile, its own profile tells what is done for whoever asks. Events a second with and
 * without scrapes do not tell it: with a hundred seconds of each they differ by more than two hundredths with no scrape.
 */
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { Agent, get, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../support/ports.ts";
import { busySeconds, monotonicMicros } from "./cpu-profile.ts";
import { type Figure, figure } from "./figure.ts";
import { benchTenants, NO_SWEEPS, onRig, type Rig } from "./rig.ts";
import { multiplyEvents } from "./states.ts";

const TENANTS = 40;
const RECORDS_PER_TENANT = 100;
const KEPT = new Agent({ keepAlive: true });
/** Several times as often as anybody scrapes. */
const SCRAPE_EVERY_MS = 200;

export interface Scrapes {
  /** In the log: enough to last longer than the scrapes. */
  readonly events: number;
  readonly scrapes: number;
}

export async function scrapes(amounts: Scrapes): Promise<Figure[]> {
  const { all, asked } = await play(amounts);
  return [
    figure({
      name: `seconds of the main thread for ${amounts.scrapes} scrapes under full load, ${1_000 / SCRAPE_EVERY_MS} a second, of all meanwhile`,
      values: [asked],
      references: [all],
      gate: { atMost: 0.01 },
    }),
  ];
}

/** Throws when the events are over before the scrapes. */
function play({ events, scrapes: wanted }: Scrapes) {
  return onRig({ tenants: benchTenants(TENANTS) }, async (rig) => {
    await fillLog(rig, events);
    const address = `127.0.0.1:${await freePort()}`;
    rig.configure({ sources: NO_SWEEPS, http: { listen: address } });
    const directory = join(rig.daemon.directory, "profile");
    await rig.startDaemon({ node: ["--cpu-prof", `--cpu-prof-dir=${directory}`] });
    await rig.untilStored(events / 20);
    const from = monotonicMicros();
    await scrape(`http://${address}/metrics`, wanted);
    const to = monotonicMicros();
    if (rig.stored.read() >= events) throw new Error("the events were over before the scrapes");
    await rig.daemon.stop();
    const [profile = ""] = readdirSync(directory);
    return busySeconds(join(directory, profile), { from, to }, isForScrapes);
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

/** The daemon's endpoint and Node's server; what a request to Graph does on its way out is taken for a server's. */
function isForScrapes(stack: readonly string[]): boolean {
  return stack.some((place) => /_http_server|_http_outgoing|\/telemetry\/(?:http|exposition)\.js$/.test(place));
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
