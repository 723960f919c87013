/**
 * What every benchmark of the whole path is made of: the simulated Graph in its own process, a real collector, and the
 * built daemon with its default durability, alone on a processor.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SourceName } from "../../src/core/event.ts";
import type { Origins } from "../../src/simulator/listener.ts";
import { Installation, type Launch } from "../support/daemon.ts";
import { until } from "../support/poll.ts";
import { type Rsyslog, startRsyslog } from "../support/rsyslog.ts";
import { SECRET, type TestTenant, testTenant } from "../support/scenario.ts";
import { Stored } from "../support/stored.ts";
import { Graph } from "./graph.ts";
import type { Filling } from "./graph-process.ts";
import { SUBJECT } from "./processes.ts";

const DEADLINE_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** The daemon keeps Graph's limits by itself; what it is held against knows none. */
const UNLIMITED = { requests: Number.MAX_SAFE_INTEGER, perMs: 1 };
const RATES = { reports: UNLIMITED, reportsOfApp: UNLIMITED, identityProtection: UNLIMITED };

const EVENT_SOURCES: readonly SourceName[] = ["signIns", "riskDetections"];

export interface RigOptions {
  readonly tenants: readonly TestTenant[];
  /** With Graph's own limits: who exceeds them is throttled and noted. */
  readonly isStrict?: boolean;
  /** What is read of each tenant: by default the two sources that have events of their own. */
  readonly sources?: readonly SourceName[];
}

export class Rig {
  readonly graph = new Graph();
  readonly daemon = new Installation();
  readonly tenants: readonly TestTenant[];
  readonly rsyslog: Rsyslog;
  readonly stored: Stored;
  private readonly directory: string;
  private readonly sources: readonly SourceName[];
  private origins: Origins = { login: "", graph: "" };

  private constructor({ tenants, sources = EVENT_SOURCES }: RigOptions, directory: string, rsyslog: Rsyslog) {
    this.tenants = tenants;
    this.sources = sources;
    this.directory = directory;
    this.rsyslog = rsyslog;
    this.stored = new Stored(rsyslog.process.output);
  }

  static async start(options: RigOptions): Promise<Rig> {
    const { tenants, isStrict = false } = options;
    const directory = mkdtempSync(join(tmpdir(), "bench-"));
    const rig = new Rig(options, directory, await startRsyslog({ directory }));
    const settings = tenants.map((tenant) => ({ ...tenant, clientSecret: SECRET }));
    rig.origins = await rig.graph.call("start", { tenants: settings, ...(isStrict ? {} : { rates: RATES }) });
    return rig;
  }

  get graphOrigin(): string {
    return this.origins.graph;
  }

  /** The shipped defaults, but for what a benchmark is about; `changes` replaces top-level keys. */
  configure(changes: object = {}): void {
    this.daemon.write("secret", SECRET);
    this.daemon.configure({
      tenants: this.tenants.map((tenant) => ({
        ...tenant,
        credential: { secretFile: "secret" },
        // Copies: what is shared becomes an alias in YAML, of which a reader takes only so many.
        endpoints: { ...this.origins },
        sources: [...this.sources],
      })),
      sinks: [this.sink("siem")],
      store: { path: "state.db" },
      http: { listen: "127.0.0.1:0" },
      log: { level: "info" },
      ...changes,
    });
  }

  sink(name: string): object {
    return { name, type: "syslog", transport: "tcp", host: "127.0.0.1", port: this.rsyslog.tcpPort };
  }

  /** So many records for each tenant, nine in ten of them sign-ins, in the span that a first start reads at once. */
  fill(perTenant: number): Promise<void> {
    return this.show(perTenant, { fromAgeMs: 10 * MINUTE_MS, toAgeMs: 50 * MINUTE_MS });
  }

  /** The same in the last half minute, where a head finds them. */
  showNow(perTenant: number): Promise<void> {
    return this.show(perTenant, { fromAgeMs: 0, toAgeMs: MINUTE_MS / 2 });
  }

  private async show(perTenant: number, span: Pick<Filling, "fromAgeMs" | "toAgeMs">): Promise<void> {
    const detections = Math.round(perTenant / 10);
    for (const { tenantId } of this.tenants) {
      await this.graph.call("fill", { tenantId, source: "signIns", count: perTenant - detections, ...span });
      await this.graph.call("fill", { tenantId, source: "riskDetections", count: detections, ...span });
    }
  }

  /** Starts the daemon on its own processor. */
  startDaemon(launch: Launch = {}): Promise<void> {
    return this.daemon.start({ under: SUBJECT, ...launch });
  }

  /** Waits until the collector has stored so many different events, each as often as there are sinks. */
  untilStored(events: number, sinks = 1): Promise<void> {
    const haveAll = () => this.stored.read() >= events && this.stored.repeats >= events * (sinks - 1);
    return until(`${events} events are stored`, haveAll, DEADLINE_MS);
  }

  /** An access token for a tenant, as a reference needs it. */
  async token({ tenantId, clientId }: TestTenant): Promise<string> {
    const { login, graph } = this.origins;
    const body = new URLSearchParams({
      client_id: clientId,
      client_secret: SECRET,
      grant_type: "client_credentials",
      scope: `${graph}/.default`,
    });
    const response = await fetch(`${login}/${tenantId}/oauth2/v2.0/token`, { method: "POST", body });
    const answer: { access_token?: string } = JSON.parse(await response.text());
    if (answer.access_token === undefined) throw new Error(`no token: HTTP ${response.status}`);
    return answer.access_token;
  }

  async dispose(): Promise<void> {
    await this.daemon.dispose();
    await this.rsyslog.process.stop();
    this.graph.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Sweeps would read again what a benchmark counts once. */
export const NO_SWEEPS = {
  signIns: { every: "10s", backfill: "1h", sweeps: [] },
  riskDetections: { every: "10s", backfill: "1h", sweeps: [] },
};

export function benchTenants(count: number): TestTenant[] {
  return Array.from({ length: count }, (_, index) => testTenant(index + 1));
}

/** Plays a story on a rig from start to clean-up, whatever happens in between. */
export async function onRig<T>(options: RigOptions, story: (rig: Rig) => Promise<T>): Promise<T> {
  const rig = await Rig.start(options);
  try {
    return await story(rig);
  } finally {
    await rig.dispose();
  }
}
