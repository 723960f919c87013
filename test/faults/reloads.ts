/**
 * SIGHUP after SIGHUP under load, one in four with a configuration that must be refused: sinks set up anew, removed and
 * brought back, streams set up anew, while backlog and present flow into two collectors.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { BookKeeper } from "../support/books.ts";
import { until } from "../support/poll.ts";
import { startRsyslog } from "../support/rsyslog.ts";
import { every, Scenario } from "../support/scenario.ts";
import type { Row } from "./row.ts";

const TENANTS = 3;
/** Of each tenant: about as many as Graph hands out while the reloads go on. */
const BACKLOG_PER_RELOAD = 150;
const BACKLOG_SPAN_MS = 80_000_000;

/** Throws when a reload was not answered as it must be, or when they were not under load. */
export async function reloadsUnderLoad(count: number): Promise<Row> {
  const scenario = new Scenario({ count: TENANTS });
  const directory = join(scenario.directory, "second");
  mkdirSync(directory);
  const second = await startRsyslog({ directory });
  const books = new BookKeeper(join(scenario.daemon.directory, "state.db")).start();
  try {
    await scenario.start();
    const load = new Load(scenario, second.tcpPort);
    await load.start(count * BACKLOG_PER_RELOAD);
    const longest = await load.reload(count);
    const reloaded = performance.now();
    await load.untilDelivered(() => second.process.lines());
    const recoverySeconds = (performance.now() - reloaded) / 1_000;
    const exitCode = await scenario.daemon.stop();
    if (exitCode !== 0) throw new Error(`the daemon ended with ${exitCode}`);
    const delivered = [await scenario.compare(), await scenario.compare(await second.process.lines())];
    if (delivered.some(({ invented }) => invented.length > 0)) throw new Error("events were invented");
    if (books.errors.length > 0) throw new Error(books.errors.join("\n"));
    if (scenario.simulator.violations.length > 0) throw new Error(scenario.simulator.violations.join("\n"));
    return {
      fault: "SIGHUP under load, one in four invalid",
      caused: count,
      events: scenario.simulator.ledger.length,
      lost: total(delivered.map(({ lost }) => lost.length)),
      duplicated: total(delivered.map(({ repeated }) => repeated.length)),
      allowedDuplicates: 0,
      recoverySeconds,
      remark: `each reload within ${longest.toFixed(1)} s; the recovery is the backlog at Graph's pace`,
      books: books.looks,
    };
  } finally {
    await books.stop();
    await second.process.stop();
    await scenario.dispose();
  }
}

class Load {
  private readonly scenario: Scenario;
  private readonly secondPort: number;

  constructor(scenario: Scenario, secondPort: number) {
    this.scenario = scenario;
    this.secondPort = secondPort;
  }

  async start(backlog: number): Promise<void> {
    const { scenario } = this;
    for (let tenant = 0; tenant < TENANTS; tenant += 1) {
      scenario.show("signIns", every(backlog, BACKLOG_SPAN_MS / backlog), { tenant });
    }
    scenario.daemon.configure(this.config(0));
    await scenario.daemon.start();
    await until("events flow", async () => (await scenario.rsyslog.process.lines()).length > 0);
  }

  /** Answers the longest time that a reload took, in seconds. */
  async reload(count: number): Promise<number> {
    const { daemon } = this.scenario;
    let longest = 0;
    let refused = 0;
    for (let number = 1; number <= count; number += 1) {
      for (let tenant = 0; tenant < TENANTS; tenant += 1) this.scenario.show("signIns", every(20, 10), { tenant });
      const isInvalid = number % 4 === 0;
      daemon.configure(isInvalid ? this.invalid(number) : this.config(number));
      const start = performance.now();
      const { message, level } = await daemon.reload();
      longest = Math.max(longest, performance.now() - start);
      const expected = isInvalid ? "configuration not reloaded, the one before goes on" : "configuration reloaded";
      if (message !== expected) throw new Error(`reload ${number} of ${count}: ${level} ${message}`);
      if (isInvalid) refused += 1;
    }
    if (refused !== Math.floor(count / 4)) throw new Error(`${refused} of ${count} reloads were refused`);
    if ((await this.scenario.compare()).lost.length === 0) throw new Error("the reloads were not under load");
    return longest / 1_000;
  }

  /** With the second sink in its place, whose cursor was kept whenever it was not. */
  async untilDelivered(secondLines: () => Promise<readonly string[]>): Promise<void> {
    const { scenario } = this;
    scenario.daemon.configure(this.config(1));
    await scenario.daemon.reload();
    const isDelivered = async () => (await scenario.compare(await secondLines())).lost.length === 0;
    await scenario.untilDelivered(600_000);
    await until("the second sink has everything too", isDelivered, 120_000);
  }

  /** By turns: the second sink comes, the first one is set up anew, the second goes and the streams are set up anew. */
  private config(number: number) {
    const { scenario } = this;
    const first = { name: "siem", type: "syslog", transport: "tcp", host: "127.0.0.1" };
    const phase = number % 4;
    const second = { ...first, name: "second", port: this.secondPort, startFrom: "start" };
    const siem = { ...first, port: scenario.rsyslog.tcpPort, stallTimeout: `${30 + (number % 7)}s` };
    const seconds = phase === 3 ? 10 + (number % 5) : 10;
    const sources = { signIns: { every: `${seconds}s`, backfill: "24h", sweeps: [] } };
    return scenario.config({
      sources,
      sinks: phase === 1 || phase === 2 ? [siem, second] : [siem],
      log: { level: "info" },
    });
  }

  private invalid(number: number): object | string {
    const config = this.config(number);
    const [tenant] = config.tenants;
    const kinds = [
      "tenants: [",
      { ...config, sinks: [] },
      { ...config, store: { path: "elsewhere.db" } },
      { ...config, tenants: [{ ...tenant, credential: { secretFile: "./nowhere" } }] },
      { ...config, sink: [] },
    ];
    return kinds[(number / 4) % kinds.length]!;
  }
}

function total(numbers: readonly number[]): number {
  let sum = 0;
  for (const number of numbers) sum += number;
  return sum;
}
