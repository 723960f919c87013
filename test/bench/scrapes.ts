/**
 * What scrapes cost under full load: the same events from a simulated Graph to a real collector, with and without a
 * thousand scrapes, in turns. Prints throughput, the daemon's processor time and their ratios.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../support/poll.ts";
import { freePort } from "../support/ports.ts";
import { every, Scenario } from "../support/scenario.ts";
import { Stored } from "../support/stored.ts";

const [EVENTS = 20_000, SCRAPES = 1_000, ROUNDS = 3] = process.argv.slice(2).map(Number);
/** So many that their budgets together are more than a processor can take. */
const TENANTS = 20;
const DEADLINE_MS = 600_000;
/** Processor time in /proc is counted in hundredths of a second. */
const TICKS_PER_SECOND = 100;

interface Run {
  readonly perSecond: number;
  readonly cpuSeconds: number;
  readonly scrapes: number;
  readonly slowestMs: number;
}

async function play(scrapes: number): Promise<Run> {
  const scenario = new Scenario({ count: TENANTS });
  try {
    await scenario.start();
    for (const tenant of every(TENANTS, 1)) {
      scenario.show("signIns", every(EVENTS / TENANTS, 10_000), { tenant });
    }
    return await load(scenario, scrapes);
  } finally {
    await scenario.dispose();
  }
}

async function load(scenario: Scenario, scrapes: number): Promise<Run> {
  const { daemon, rsyslog } = scenario;
  const address = `127.0.0.1:${await freePort()}`;
  const config = scenario.config({ http: { listen: address }, log: { level: "info" } });
  daemon.configure({ ...config, tenants: config.tenants.map((tenant) => ({ ...tenant, sources: ["signIns"] })) });
  const stored = new Stored(rsyslog.process.output);
  const before = performance.now();
  await daemon.start();
  const scraping = scrape(`http://${address}/metrics`, scrapes);
  await until("everything is stored", () => stored.read() >= EVENTS, DEADLINE_MS);
  const seconds = (performance.now() - before) / 1_000;
  const cpuSeconds = cpuSecondsOf(daemon.pid);
  return { perSecond: EVENTS / seconds, cpuSeconds, ...(await scraping.end()) };
}

/** As many as are wanted, 50 a second, until told to end. */
function scrape(url: string, wanted: number) {
  const found = { scrapes: 0, slowestMs: 0 };
  const ending = new AbortController();
  const running = (async () => {
    while (!ending.signal.aborted && found.scrapes < wanted) {
      const before = performance.now();
      // A connection that is kept may be closed by the daemon just as it is used again.
      const response = await fetch(url, { headers: { connection: "close" } });
      await response.text();
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      found.slowestMs = Math.max(found.slowestMs, performance.now() - before);
      found.scrapes += 1;
      await sleep(20);
    }
  })();
  const end = async () => {
    ending.abort();
    await running;
    return found;
  };
  return { end };
}

function cpuSecondsOf(pid: number): number {
  const [, user, system] = /^\d+ \(.*\) (?:\S+ ){11}(\d+) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
  return (Number(user) + Number(system)) / TICKS_PER_SECOND;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const runs: { readonly without: Run; readonly withThem: Run }[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  const pair = { without: await play(0), withThem: await play(SCRAPES) };
  runs.push(pair);
  process.stdout.write(`${JSON.stringify(pair)}\n`);
}
const ratio = (of: (run: Run) => number) =>
  median(runs.map(({ withThem }) => of(withThem))) / median(runs.map(({ without }) => of(without)));
process.stdout.write(
  `with scrapes: ${ratio(({ perSecond }) => perSecond).toFixed(3)} of the throughput, ` +
    `${ratio(({ cpuSeconds }) => cpuSeconds).toFixed(3)} of the processor time\n`,
);
