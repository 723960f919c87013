/**
 * A forwarder between a simulated Graph and a real collector, with the simulator's ledger as the oracle: what became
 * visible must have been stored, each revision once.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SourceName } from "../../src/core/event.ts";
import { RecordFactory, type Variant } from "../../src/simulator/records.ts";
import { Simulator, type SimulatorOptions } from "../../src/simulator/simulator.ts";
import { Installation } from "./daemon.ts";
import { until } from "./poll.ts";
import { type Rsyslog, type RsyslogOptions, startRsyslog } from "./rsyslog.ts";

export const SECRET = "canary-7Q~client-secret-value";

export interface TestTenant {
  readonly name: string;
  readonly tenantId: string;
  readonly clientId: string;
}

export function testTenant(number: number): TestTenant {
  const digits = String(number).padStart(12, "0");
  return {
    name: `tenant-${number}`,
    tenantId: `7c1f4f0e-2b6d-4a51-9f0c-${digits}`,
    clientId: `2f9c1d0e-0000-4000-8000-${digits}`,
  };
}

export interface Delivered {
  /** Identities that became visible and were not stored. */
  readonly lost: readonly string[];
  /** Identities that were stored more than once. */
  readonly repeated: readonly string[];
  /** Identities that were stored although they never became visible. */
  readonly invented: readonly string[];
}

export interface ScenarioOptions extends Partial<SimulatorOptions> {
  readonly count?: number;
  readonly environment?: NodeJS.ProcessEnv;
  /** What the collector takes besides syslog over TCP and UDP. */
  readonly collector?: Omit<RsyslogOptions, "directory">;
}

export class Scenario {
  readonly directory = mkdtempSync(join(tmpdir(), "scenario-"));
  readonly tenants: readonly TestTenant[];
  readonly simulator: Simulator;
  readonly records = new RecordFactory(7);
  readonly daemon: Installation;
  private readonly collector: Omit<RsyslogOptions, "directory">;
  private started: { readonly rsyslog: Rsyslog; readonly login: string; readonly graph: string } | undefined;

  constructor({ count = 1, environment, collector = {}, ...options }: ScenarioOptions = {}) {
    this.collector = collector;
    this.tenants = Array.from({ length: count }, (_, index) => testTenant(index + 1));
    this.simulator = new Simulator({
      tenants: this.tenants.map((tenant) => ({ ...tenant, clientSecret: SECRET })),
      ...options,
    });
    this.daemon = new Installation(environment);
  }

  /** Starts Graph and the collector. */
  async start(): Promise<void> {
    const origins = await this.simulator.start();
    this.started = { ...origins, rsyslog: await startRsyslog({ directory: this.directory, ...this.collector }) };
  }

  get rsyslog(): Rsyslog {
    if (this.started === undefined) throw new Error("not started");
    return this.started.rsyslog;
  }

  /** A configuration with the shortest intervals; `changes` replaces top-level keys. */
  config(changes: object = {}): { tenants: object[]; sinks: object[] } & Record<string, unknown> {
    const { login = "", graph = "" } = this.started ?? {};
    const sweeps = [{ every: "10s", length: "1h" }];
    this.daemon.write("secret", SECRET);
    return {
      tenants: this.tenants.map((tenant) => ({
        ...tenant,
        credential: { secretFile: "secret" },
        endpoints: { login, graph },
      })),
      sources: {
        signIns: { every: "10s", backfill: "24h", sweeps },
        riskDetections: { every: "10s", backfill: "7d", sweeps },
        riskyUsers: { every: "10s" },
      },
      sinks: [{ name: "siem", type: "syslog", transport: "tcp", host: "127.0.0.1", port: this.rsyslog.tcpPort }],
      store: { path: "state.db" },
      http: { listen: "127.0.0.1:0" },
      log: { level: "debug" },
      ...changes,
    };
  }

  /** Makes records visible whose times lie `agesMs` before Graph's present; answers their ids. */
  show(source: SourceName, agesMs: readonly number[], options: ShowOptions = {}): string[] {
    const { tenant = 0, variant = "plain", late = false } = options;
    return agesMs.map((age) => {
      const record = this.records.invent(source, this.simulator.clock.now() - age, { variant });
      this.simulator.show(this.tenants[tenant]!.tenantId, source, record, late ? { late } : {});
      return String(record["id"]);
    });
  }

  revise(source: SourceName, id: string, changes: Readonly<Record<string, unknown>>): void {
    this.simulator.revise(this.tenants[0]!.tenantId, source, id, changes);
  }

  /** Holds the ledger against what the collector stored. */
  async compare(lines?: readonly string[]): Promise<Delivered> {
    const counts = new Map<string, number>();
    for (const line of lines ?? (await this.rsyslog.process.lines())) {
      const identity = identityOf(line);
      counts.set(identity, (counts.get(identity) ?? 0) + 1);
    }
    const visible = new Set(this.simulator.ledger.map(({ tenantId, id, revision }) => `${tenantId}/${id}@${revision}`));
    return {
      lost: [...visible].filter((identity) => !counts.has(identity)),
      repeated: [...counts].filter(([, count]) => count > 1).map(([identity]) => identity),
      invented: [...counts.keys()].filter((identity) => !visible.has(identity)),
    };
  }

  /** Waits until everything that became visible is stored. */
  async untilDelivered(deadlineMs = 120_000): Promise<void> {
    await until("everything is delivered", async () => (await this.compare()).lost.length === 0, deadlineMs);
  }

  async dispose(): Promise<void> {
    await this.daemon.dispose();
    await this.started?.rsyslog.process.stop();
    await this.simulator.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export interface ShowOptions {
  /** Index of the tenant. */
  readonly tenant?: number;
  readonly variant?: Variant;
  readonly late?: boolean;
}

/** `tenant/id@revision` of a line, read as the strictest receiver would: the first `key=` wins. */
export function identityOf(line: string): string {
  const field = (key: string) => new RegExp(` ${key}=(?<value>\\S+)`).exec(line)?.groups?.["value"];
  return `${field("deviceExternalId")}/${field("devicePayloadId")}`;
}

export const NOTHING_WRONG: Delivered = { lost: [], repeated: [], invented: [] };

/** Plays a story in a scenario from start to clean-up, whatever happens in between. */
export async function play(options: ScenarioOptions, story: (scenario: Scenario) => Promise<void>): Promise<void> {
  const scenario = new Scenario(options);
  try {
    await scenario.start();
    await story(scenario);
  } finally {
    await scenario.dispose();
  }
}

/** Times of records: so many, one each step, the first so long ago. */
export function every(count: number, stepMs: number, firstMs = 0): number[] {
  return Array.from({ length: count }, (_, index) => firstMs + index * stepMs);
}
