/**
 * The whole path without a tenant: a simulated Graph, the real daemon as a process with its SQLite state, a local
 * collector. In about 25 seconds it shows a late record and a rising risk being caught and then an outage of the
 * collector being survived, and at the end holds what became visible against what arrived.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type CollectedLine, Collector } from "../simulator/collector.ts";
import { Simulator } from "../simulator/simulator.ts";
import { parseCefLine } from "./cef-line.ts";
import { DaemonProcess } from "./daemon-process.ts";
import type { Screen } from "./screen.ts";
import { Story } from "./story.ts";
import { Tally, type Totals } from "./tally.ts";

const TENANT = "7c1f4f0e-2b6d-4a51-9f0c-3e5d8a7b6c21";
const CLIENT = "2f9c1d0e-0000-4000-8000-000000000001";
const SECRET = "demo-secret";

const BEAT_MS = 500;
/** What is still on its way has this long to arrive, before the story begins and after it ends. */
const PATIENCE_SECONDS = 60;

/** Records show up and arrive within one poll; after two that bring nothing the story goes on without them. */
const CATCH_SECONDS = 25;
/** The outage covers one poll, so that something waits. New records end a little sooner: that poll sees the last. */
const OUTAGE_SECONDS = 5.5;
const SILENCE_SECONDS = 2.5;

/** Something that happens, and how many seconds life goes on before the next, unless it is over sooner. */
interface Scene {
  readonly tell: () => void | Promise<void>;
  readonly lasts: number;
  readonly isOver?: () => boolean;
}

export interface DemoOptions {
  readonly isForever: boolean;
  readonly screen: Screen;
  /** Ends the story early; what is on its way still arrives. */
  readonly signal: AbortSignal;
}

/** Runs the demo to its end and answers its ledger. Throws when the daemon ends by itself. */
export async function runDemo(options: DemoOptions): Promise<Totals> {
  const demo = new Demo(options);
  try {
    await demo.start();
    await demo.play();
    return await demo.finish();
  } finally {
    await demo.close();
  }
}

class Demo {
  private readonly options: DemoOptions;
  private readonly simulator = new Simulator({
    tenants: [{ tenantId: TENANT, clientId: CLIENT, clientSecret: SECRET }],
  });
  private readonly story = new Story(this.simulator, TENANT);
  private readonly collector = new Collector((line) => this.arrived(line));
  private readonly daemon = new DaemonProcess();
  private readonly tally = new Tally();
  private readonly kinds = new Map<string, number>();
  /** Entries of the ledger before the daemon was started. */
  private pastEntries = 0;
  private beats = 0;
  private isOutage = false;
  private readonly startedAt = performance.now();

  constructor(options: DemoOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    const { screen } = this.options;
    const endpoints = await this.simulator.start();
    const port = await this.collector.start();
    this.story.tellThePast();
    this.pastEntries = this.simulator.ledger.length;
    screen.say("simulated Graph with an hour of sign-ins and risk; local collector; the daemon starts");
    screen.say("what reaches the collector is shown here: all of risk, of the sign-ins every tenth");
    if (this.options.isForever) screen.say("goes on until Ctrl-C, which ends it with the ledger");
    this.daemon.start(configuration(endpoints, port), SECRET);
  }

  /**
   * The story begins when the past has arrived: a record that changed before anybody read it would be no revision, and a
   * late one could not be told from the past.
   */
  async play(): Promise<void> {
    const { isForever, screen, signal } = this.options;
    await this.liveOn(PATIENCE_SECONDS, () => this.isPastDelivered);
    if (signal.aborted || !this.isPastDelivered) return;
    screen.say("the past has arrived");
    for (const { tell, lasts, isOver } of this.scenes()) {
      await tell();
      await this.liveOn(lasts, isOver);
      if (signal.aborted) return;
    }
    if (!isForever) return this.fallSilent();
    await this.liveOn(SILENCE_SECONDS);
    if (signal.aborted) return;
    await this.tellRecovery();
    await this.liveOn(Number.POSITIVE_INFINITY);
  }

  /** Waits for what is still on its way, then ends the daemon as an operator would. */
  async finish(): Promise<Totals> {
    const { screen, signal } = this.options;
    if (signal.aborted) screen.say("interrupted: nothing new from here on");
    if (this.isOutage) await this.tellRecovery();
    if (this.totals().lost > 0) screen.say("waiting for what is still on its way");
    const deadline = this.seconds + PATIENCE_SECONDS;
    while (this.totals().lost > 0 && this.seconds < deadline) {
      await this.pause(2 * BEAT_MS);
      this.showProgress();
    }
    const exitCode = await this.daemon.stop();
    screen.say(`daemon stopped with exit code ${exitCode}`);
    return this.totals();
  }

  async close(): Promise<void> {
    await this.daemon.stop();
    await this.collector.stop();
    await this.simulator.stop();
  }

  private scenes(): readonly Scene[] {
    return [
      { tell: () => this.tellLateRecord(), lasts: 2 },
      { tell: () => this.tellRisingRisk(), lasts: CATCH_SECONDS, isOver: () => this.isEverythingCaught },
      { tell: () => this.tellCatch(), lasts: 1.5 },
      { tell: () => this.tellOutage(), lasts: OUTAGE_SECONDS },
    ];
  }

  /** The last seconds of the outage, without anything new. */
  private async fallSilent(): Promise<void> {
    this.options.screen.say("nothing new from here on");
    const end = this.seconds + SILENCE_SECONDS;
    while (!this.options.signal.aborted && this.seconds < end) {
      await this.pause(BEAT_MS);
      this.beats += 1;
      if (this.beats % 2 === 0) this.showProgress();
    }
  }

  /** Something new every beat, for a time or until it is over. */
  private async liveOn(seconds: number, isOver: () => boolean = () => false): Promise<void> {
    const end = this.seconds + seconds;
    while (!this.options.signal.aborted && this.seconds < end && !isOver()) {
      await this.pause(BEAT_MS);
      this.story.beat();
      this.beats += 1;
      if (this.beats % 2 === 0) this.showProgress();
    }
  }

  private tellLateRecord(): void {
    const who = this.story.showLateSignIn();
    this.options.screen.say(`a 12-minute-old sign-in of ${who} shows up only now: the next sweep must find it`);
  }

  private tellRisingRisk(): void {
    const state = this.story.raiseRisk();
    this.options.screen.say(
      `a known detection and its user become ${state}: the next poll must bring both as revision 2`,
    );
  }

  private tellCatch(): void {
    if (this.isEverythingCaught) this.options.screen.say("the late record and both changes have arrived");
  }

  private async tellOutage(): Promise<void> {
    this.options.screen.say("the collector dies, its connections are cut: what the next poll brings must wait");
    this.tally.outage();
    this.isOutage = true;
    await this.collector.stop();
  }

  private async tellRecovery(): Promise<void> {
    await this.collector.start();
    this.isOutage = false;
    this.options.screen.say("the collector is back");
  }

  private arrived({ line, connection }: CollectedLine): void {
    const cef = parseCefLine(line);
    if (cef === undefined) return;
    const [kind = ""] = cef.signature.split(".");
    // What the forwarder tells about itself is in no ledger.
    if (kind === "forwarder") return;
    const identity = `${cef.fields.get("deviceExternalId")}/${cef.fields.get("devicePayloadId")}`;
    const isFirst = this.tally.arrived({ identity, connection });
    if (!isFirst) return;
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
    const isLate = cef.fields.get("externalId") === this.story.lateId;
    // Every risk, but of the many sign-ins only every tenth.
    if (kind !== "signIn" || isLate || (this.kinds.get(kind) ?? 0) % 10 === 1) this.options.screen.event(cef, isLate);
  }

  private showProgress(): void {
    const { visible, delivered } = this.totals();
    const { kinds, isOutage } = this;
    this.options.screen.progress({ seconds: Math.round(this.seconds), visible, delivered, kinds, isOutage });
  }

  private get isPastDelivered(): boolean {
    return this.tally.totals(this.simulator.ledger.slice(0, this.pastEntries)).lost === 0;
  }

  /** Whether the late record and the changes have arrived. */
  private get isEverythingCaught(): boolean {
    const special = this.simulator.ledger.filter(({ late, revision }) => late === true || revision > 1);
    return this.tally.totals(special).lost === 0;
  }

  private totals(): Totals {
    return this.tally.totals(this.simulator.ledger);
  }

  private get seconds(): number {
    return (performance.now() - this.startedAt) / 1_000;
  }

  private async pause(ms: number): Promise<void> {
    if (!this.daemon.isRunning) throw new Error(`the daemon ended too early:\n${this.daemon.lastLog()}`);
    await sleep(ms);
  }
}

/** As an operator would write it, with the shortest intervals that are allowed. */
function configuration(endpoints: { readonly login: string; readonly graph: string }, port: number): object {
  const sweeps = [{ every: "10s", length: "30m" }];
  return {
    tenants: [
      {
        name: "contoso",
        tenantId: TENANT,
        clientId: CLIENT,
        credential: { secretFile: "client-secret" },
        endpoints: { login: endpoints.login, graph: endpoints.graph },
      },
    ],
    sources: {
      signIns: { every: "10s", backfill: "1h", sweeps },
      riskDetections: { every: "10s", backfill: "1h", sweeps },
      riskyUsers: { every: "10s" },
    },
    sinks: [{ name: "siem", type: "syslog", transport: "tcp", host: "127.0.0.1", port }],
    store: { path: "state.db" },
    http: { listen: "127.0.0.1:0" },
  };
}
