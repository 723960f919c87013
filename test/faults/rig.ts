/**
 * One forwarder of several tenants with two sinks: RELP and plain TCP, each into an rsyslogd of its own. A fault of the
 * daemon so tests both promises at once.
 */
import { strict as assert } from "node:assert";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { SourceName } from "../../src/core/event.ts";
import { BookKeeper } from "../support/books.ts";
import type { Installation } from "../support/daemon.ts";
import { until } from "../support/poll.ts";
import { type Rsyslog, startRsyslog } from "../support/rsyslog.ts";
import { every, Scenario } from "../support/scenario.ts";
import { ledgerIdentity, Stored } from "../support/stored.ts";
import { kept, type Row } from "./row.ts";

const RISK: readonly SourceName[] = ["riskDetections", "riskyUsers"];

const AT_A_TIME = 20;
const EVENTS_EVERY_MS = 500;
const KILL_DEADLINE_MS = 300_000;
/** Much may wait at the end of a long run on a busy machine. */
const RECOVERY_DEADLINE_MS = 3_600_000;

export interface Receiver {
  readonly sink: "relp" | "tcp";
  readonly rsyslog: Rsyslog;
  readonly stored: Stored;
  /** What may be unconfirmed when the daemon is killed: a window with RELP, two batches over TCP. */
  readonly unconfirmed: number;
}

export interface RigOptions {
  /** Tenants of which both risk collections are read; after a restart their budget is free within a second. */
  readonly riskTenants?: number;
  /** Tenants of which sign-ins alone are read, ten seconds after a restart at the earliest. */
  readonly signInTenants?: number;
}

/** A collection of a tenant that records can be shown in. */
export interface Place {
  readonly tenant: number;
  readonly source: SourceName;
}

export class Rig {
  readonly scenario: Scenario;
  readonly receivers: readonly Receiver[];
  readonly places: readonly Place[];
  private readonly books: BookKeeper;

  private constructor(scenario: Scenario, receivers: readonly Receiver[], places: readonly Place[]) {
    this.scenario = scenario;
    this.receivers = receivers;
    this.places = places;
    this.books = new BookKeeper(join(scenario.daemon.directory, "state.db")).start();
  }

  static async start({ riskTenants = 6, signInTenants = 0 }: RigOptions = {}): Promise<Rig> {
    const count = riskTenants + signInTenants;
    const scenario = new Scenario({ count });
    await scenario.start();
    const directory = join(scenario.directory, "relp");
    mkdirSync(directory);
    const relp = await startRsyslog({ directory, relp: { queue: "direct" } });
    const places = Array.from({ length: count }, (_, tenant) =>
      (tenant < riskTenants ? RISK : (["signIns"] as const)).map((source) => ({ tenant, source })),
    ).flat();
    const rig = new Rig(scenario, [receiver("relp", relp, 128), receiver("tcp", scenario.rsyslog, 1_000)], places);
    rig.configure();
    return rig;
  }

  get daemon(): Installation {
    return this.scenario.daemon;
  }

  /**
   * Configures the tenants of some places. No sweeps: whatever a fault lets slip must come by the head and by the
   * re-reads that the fault itself opens.
   */
  configure(changes: object = {}, places = this.places): void {
    const config = this.scenario.config();
    const source = { every: "10s", sweeps: [] };
    const tenants = config.tenants.map((tenant, index) => ({ ...tenant, sources: sourcesOf(places, index) }));
    this.daemon.configure({
      ...config,
      tenants: tenants.filter(({ sources }) => sources.length > 0),
      sources: { signIns: source, riskDetections: source, riskyUsers: { every: "10s" } },
      sinks: this.receivers.map(({ sink, rsyslog }) =>
        sink === "relp"
          ? { name: "relp", type: "relp", host: "127.0.0.1", port: rsyslog.relpPort }
          : { name: "tcp", type: "syslog", transport: "tcp", host: "127.0.0.1", port: rsyslog.tcpPort },
      ),
      log: { level: "info" },
      ...changes,
    });
  }

  /** Makes so many records visible in one collection, all with Graph's present as their time. */
  show(count: number, { tenant, source } = this.anyPlace()): void {
    this.scenario.show(source, every(count, 0), { tenant });
  }

  /** How many events are stored by all receivers together. */
  stored(): number {
    let count = 0;
    for (const { stored } of this.receivers) count += stored.read();
    return count;
  }

  /** Whether both receivers have everything that became visible. */
  hasEverything(): boolean {
    const { ledger } = this.scenario.simulator;
    return this.receivers.every(({ stored }) => stored.read() >= ledger.length && stored.missing(ledger).length === 0);
  }

  async untilStored(deadlineMs = 300_000): Promise<void> {
    await until("both collectors have everything", () => this.hasEverything(), deadlineMs);
  }

  /** Makes events visible until SIGKILL ends the daemon, which the fault does by itself. */
  async untilKilled(): Promise<void> {
    const deadline = performance.now() + KILL_DEADLINE_MS;
    while (this.daemon.isRunning) {
      assert.ok(performance.now() < deadline, "the daemon was not killed");
      this.show(AT_A_TIME);
      await sleep(EVENTS_EVERY_MS);
    }
    assert.equal(await this.daemon.ended(), "SIGKILL", this.daemon.latestLog.map(({ message }) => message).join("\n"));
  }

  /** Starts the daemon once more, without any fault; answers how many seconds it takes until everything is stored. */
  async recover(): Promise<number> {
    const before = performance.now();
    await this.daemon.start();
    await this.untilStored(RECOVERY_DEADLINE_MS);
    return (performance.now() - before) / 1_000;
  }

  /** One row for each sink, when nothing is lost or invented, no budget was exceeded and the books always added up. */
  rows(fault: string, { meant, caused = meant, recoverySeconds, repeatsPerFault }: Outcome): Row[] {
    const { ledger, violations } = this.scenario.simulator;
    const visible = new Set(ledger.map(ledgerIdentity));
    assert.deepEqual(violations, []);
    assert.deepEqual(this.books.errors, []);
    assert.ok(this.books.looks > 0, "nobody looked at the books");
    return this.receivers.map(({ sink, stored, unconfirmed }) => {
      stored.read();
      assert.deepEqual(
        stored.identities.filter((identity) => !visible.has(identity)),
        [],
        `${sink} stored what never became visible`,
      );
      const row = {
        fault: `${fault}, ${sink}`,
        caused,
        events: ledger.length,
        lost: stored.missing(ledger).length,
        duplicated: stored.repeats,
        allowedDuplicates: caused * (repeatsPerFault ?? unconfirmed),
        recoverySeconds,
        books: this.books.looks,
      };
      return kept(row, meant);
    });
  }

  async dispose(): Promise<void> {
    await this.books.stop();
    for (const { rsyslog } of this.receivers) await rsyslog.process.stop();
    await this.scenario.dispose();
  }

  private anyPlace(): Place {
    return this.places[Math.floor(Math.random() * this.places.length)]!;
  }
}

interface Outcome {
  /** How often the fault was to happen, and did. */
  readonly meant: number;
  readonly caused?: number;
  readonly recoverySeconds: number;
  /** Where it is not what is unconfirmed at a kill. */
  readonly repeatsPerFault?: number;
}

function receiver(sink: Receiver["sink"], rsyslog: Rsyslog, unconfirmed: number): Receiver {
  return { sink, rsyslog, stored: new Stored(rsyslog.process.output), unconfirmed };
}

/** Plays a fault on a rig from start to clean-up, whatever happens in between. */
export async function onRig(options: RigOptions, story: (rig: Rig) => Promise<Row[]>): Promise<Row[]> {
  const rig = await Rig.start(options);
  try {
    return await story(rig);
  } finally {
    await rig.dispose();
  }
}

function sourcesOf(places: readonly Place[], index: number): SourceName[] {
  return places.filter(({ tenant }) => tenant === index).map(({ source }) => source);
}
