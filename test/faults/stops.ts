/**
 * SIGTERM under load: the daemon is stopped in the middle of a delivery, again and again, with Graph and collector in
 * several states, and started again. Each round delivers the whole log once more, to a sink of another name.
 */
import { statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FaultHandle } from "../../src/simulator/faults.ts";
import { ConnectProxy } from "../support/connect-proxy.ts";
import { until } from "../support/poll.ts";
import { every, identityOf, Scenario } from "../support/scenario.ts";
import type { Row } from "./row.ts";

/**
 * The state at the signal. fine: Graph and the collector answer. stalled: the collector hangs (SIGSTOP). down: it was
 * killed. graph: a request to Graph hangs. proxy: the way to Graph is a proxy that takes CONNECT and never answers.
 */
type StopState = (typeof STOP_STATES)[number];

const STOP_STATES = ["fine", "stalled", "down", "graph", "proxy"] as const;

export interface StopOptions {
  readonly transport: "tcp" | "relp";
  readonly state: StopState;
  readonly stops: number;
  /** Events of each round. */
  readonly events: number;
  /** Slows the delivery down, so that a few events are a load for long enough. */
  readonly maxPerSecond?: number;
}

export interface StopRow extends Row {
  /** From each signal to the end of the process, ascending. `recoverySeconds` is the longest. */
  readonly seconds: readonly number[];
}

/** What a stop may repeat where the collector does not answer: two batches, or with RELP its window. */
const UNCONFIRMED = { tcp: 1_000, relp: 128 };

const FILLING = "filling";

/** Rounds differ by a few bytes: a process id may be longer than another. */
const NEARLY = 0.98;

/** So many stops over each transport in each state. Throws when one does not end with exit code 0. */
export async function allStops(count: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const transport of ["tcp", "relp"] as const) {
    for (const state of STOP_STATES) {
      rows.push(await stops({ transport, state, stops: count, events: 2_000, maxPerSecond: 400 }));
    }
  }
  return rows;
}

/** Throws when a stop does not end with exit code 0. */
export async function stops(options: StopOptions): Promise<StopRow> {
  const proxy = await new ConnectProxy("hang").start();
  const scenario = new Scenario({
    environment: { HTTPS_PROXY: proxy.url },
    collector: { relp: { queue: "direct" } },
  });
  try {
    await scenario.start();
    return await new Stops(scenario, proxy, options).run();
  } finally {
    await scenario.dispose();
    await proxy.stop();
  }
}

class Stops {
  private readonly scenario: Scenario;
  private readonly proxy: ConnectProxy;
  private readonly options: StopOptions;
  private readonly output: string;
  /** What the collector stores of one round, in bytes. */
  private roundBytes = 0;

  constructor(scenario: Scenario, proxy: ConnectProxy, options: StopOptions) {
    this.scenario = scenario;
    this.proxy = proxy;
    this.options = options;
    this.output = join(scenario.directory, "rsyslog.out");
  }

  async run(): Promise<StopRow> {
    const { transport, state, stops: count, events } = this.options;
    await this.fill();
    const seconds: number[] = [];
    let [caused, lost, duplicated] = [0, 0, 0];
    for (let round = 1; round <= count; round += 1) {
      this.configure(`round-${round}`, state === "proxy");
      const stop = await this.stopUnderLoad();
      seconds.push(stop.seconds);
      if (stop.isUnderLoad) caused += 1;
      this.configure(`round-${round}`);
      const copies = await this.deliverTheRest();
      lost += events - copies.size;
      for (const copy of copies.values()) duplicated += copy - 1;
      truncateSync(this.output);
    }
    seconds.sort((one, other) => one - other);
    return {
      fault: `SIGTERM under load, ${transport}, ${state}`,
      caused,
      events: events * count,
      lost,
      duplicated,
      allowedDuplicates: state === "stalled" || state === "down" ? UNCONFIRMED[transport] * caused : 0,
      recoverySeconds: seconds.at(-1) ?? 0,
      seconds,
    };
  }

  /** Reads the events from Graph once. */
  private async fill(): Promise<void> {
    const { daemon } = this.scenario;
    this.scenario.show("signIns", every(this.options.events, 4_000));
    this.configure(FILLING);
    await daemon.start();
    const isRead = async () => {
      await sleep(500);
      return (await this.scenario.compare()).lost.length === 0;
    };
    await until("everything is read", isRead, 180_000);
    await daemon.stop();
    this.roundBytes = this.bytes();
    truncateSync(this.output);
  }

  private configure(name: string, isProxied = false): void {
    const { daemon, rsyslog } = this.scenario;
    const { transport, maxPerSecond } = this.options;
    const where =
      transport === "relp"
        ? { type: "relp", port: rsyslog.relpPort }
        : { type: "syslog", transport, port: rsyslog.tcpPort };
    const rate = name === FILLING || maxPerSecond === undefined ? {} : { maxPerSecond };
    const config = this.scenario.config({
      sinks: [{ name, ...where, ...rate, host: "127.0.0.1", startFrom: "start" }],
    });
    const endpoints = { login: "https://login.invalid", graph: "https://graph.invalid" };
    daemon.configure({
      ...config,
      tenants: config.tenants.map((tenant) => ({ ...tenant, ...(isProxied && { endpoints }) })),
    });
  }

  /** Starts the daemon and stops it when the fault is there, before everything is delivered. */
  private async stopUnderLoad(): Promise<{ seconds: number; isUnderLoad: boolean }> {
    const { daemon, rsyslog } = this.scenario;
    const { state } = this.options;
    const hang = await this.startWithGraph();
    const share = 0.1 + Math.random() * 0.4;
    await until("the collector stores", () => this.bytes() >= share * this.roundBytes);
    if (state === "stalled") rsyslog.process.signal("SIGSTOP");
    if (state === "down") await rsyslog.process.kill("SIGKILL");
    await sleep(Math.random() * 300);
    const isUnderLoad = this.bytes() < NEARLY * this.roundBytes;

    const begin = performance.now();
    const exitCode = await daemon.stop("SIGTERM");
    const seconds = (performance.now() - begin) / 1_000;

    if (exitCode !== 0) throw new Error(`SIGTERM ended the daemon with ${exitCode}`);
    hang?.clear();
    if (state === "stalled") rsyslog.process.signal("SIGCONT");
    if (state === "down") await rsyslog.process.start();
    return { seconds, isUnderLoad };
  }

  /** Waits until a request hangs where one is to hang. */
  private async startWithGraph(): Promise<FaultHandle | undefined> {
    const { daemon, simulator } = this.scenario;
    const { state } = this.options;
    const asked = this.proxy.targets.length;
    const hang = state === "graph" ? simulator.fault({ kind: "hang" }) : undefined;
    await daemon.start();
    if (state === "proxy") await until("the proxy is asked", () => this.proxy.targets.length > asked);
    if (hang) await until("a request hangs", () => hang.fired > 0);
    return hang;
  }

  /** How often the collector stored each event of the round, in the end. */
  private async deliverTheRest(): Promise<ReadonlyMap<string, number>> {
    const { daemon, rsyslog } = this.scenario;
    await daemon.start();
    let copies = new Map<string, number>();
    await until(
      "the rest is delivered",
      async () => {
        if (this.bytes() < NEARLY * this.roundBytes) return false;
        copies = new Map();
        for (const line of await rsyslog.process.lines()) {
          const identity = identityOf(line);
          copies.set(identity, (copies.get(identity) ?? 0) + 1);
        }
        return copies.size >= this.options.events;
      },
      60_000,
    ).catch(() => undefined);
    await daemon.stop();
    return copies;
  }

  private bytes(): number {
    return statSync(this.output).size;
  }
}
