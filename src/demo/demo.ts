/**
 * The whole path without a tenant: a simulated Graph, the real daemon as a process with its SQLite state, a local
 * collector. In half a minute it shows a late record and a rising risk being caught and an outage of the collector
 * being survived, and at the end holds what became visible against what arrived.
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
/** Seconds after the start at which something happens. */
const LATE_RECORD_AT = 3;
const RISK_RISES_AT = 5;
const OUTAGE_AT = 9;
const OUTAGE_SECONDS = 4;
const STORY_ENDS_AT = 15;
/** What is still on its way after the story has this long to arrive. */
const PATIENCE_SECONDS = 45;

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
    screen.say("simulated Graph with a day of sign-ins, a week of detections; local collector; daemon starts");
    this.daemon.start(configuration(endpoints, port), SECRET);
  }

  /** One beat after the other; each event of the story at its second. */
  async play(): Promise<void> {
    const { isForever, signal } = this.options;
    const plot: { readonly at: number; readonly tell: () => Promise<void> }[] = [
      { at: LATE_RECORD_AT, tell: () => this.tellLateRecord() },
      { at: RISK_RISES_AT, tell: () => this.tellRisingRisk() },
      { at: OUTAGE_AT, tell: () => this.tellOutage() },
      { at: OUTAGE_AT + OUTAGE_SECONDS, tell: () => this.tellRecovery() },
    ];
    const endsAt = isForever ? Number.POSITIVE_INFINITY : STORY_ENDS_AT;
    for (let beat = 1; !signal.aborted && this.seconds < endsAt; beat += 1) {
      await this.pause(BEAT_MS);
      this.story.beat();
      while (plot[0] && plot[0].at <= this.seconds) await plot.shift()?.tell();
      if (beat % 2 === 0) this.showProgress();
    }
  }

  /** Waits for what is still on its way, then ends the daemon as an operator would. */
  async finish(): Promise<Totals> {
    const { screen } = this.options;
    if (this.isOutage) await this.tellRecovery();
    screen.say("nothing new from here on: waiting for what is still on its way");
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

  private async tellLateRecord(): Promise<void> {
    const who = this.story.showLateSignIn();
    this.options.screen.say(`a 12-minute-old sign-in of ${who} shows up only now: a sweep must find it`);
  }

  private async tellRisingRisk(): Promise<void> {
    const state = this.story.raiseRisk();
    this.options.screen.say(`a known detection and its user become ${state}: each must arrive as revision 2`);
  }

  private async tellOutage(): Promise<void> {
    this.options.screen.say("the collector dies, its connections are cut");
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
    const identity = `${cef.fields.get("deviceExternalId")}/${cef.fields.get("devicePayloadId")}`;
    const isFirst = this.tally.arrived({ identity, connection });
    if (!isFirst) return;
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
    if (this.isWorthShowing(kind)) this.options.screen.event(cef);
  }

  /** Every risk, but of the many sign-ins only every tenth. */
  private isWorthShowing(kind: string): boolean {
    return kind !== "signIn" || (this.kinds.get(kind) ?? 0) % 10 === 1;
  }

  private showProgress(): void {
    const { visible, delivered } = this.totals();
    this.options.screen.progress({ seconds: Math.round(this.seconds), visible, delivered, kinds: this.kinds });
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
      signIns: { every: "10s", backfill: "24h", sweeps },
      riskDetections: { every: "10s", backfill: "7d", sweeps },
      riskyUsers: { every: "10s" },
    },
    sinks: [{ name: "siem", type: "syslog", transport: "tcp", host: "127.0.0.1", port }],
    store: { path: "state.db" },
    http: { listen: "127.0.0.1:0" },
  };
}
