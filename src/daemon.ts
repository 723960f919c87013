/**
 * The composition root: from a configuration to store, streams, sinks and loops. Pollers append, pumps advance; the
 * store is the only place where they meet.
 */
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import type { Config, SinkConfig } from "./config/schema.ts";
import { graphTenant, readingSettings, selectionOf, sourcesOf } from "./config/settings.ts";
import { parseDuration, parseSize } from "./config/values.ts";
import { TransientError } from "./core/errors.ts";
import type { SourceName } from "./core/event.ts";
import { type Feed, live, replayed } from "./deliver/feed.ts";
import { Pump } from "./deliver/pump.ts";
import { ReplayPumps } from "./deliver/replay-pumps.ts";
import { createFormat } from "./formats/registry.ts";
import { createGraphClients, type GraphClients } from "./graph/graph-clients.ts";
import { Poller } from "./ingest/poller.ts";
import { Schedule } from "./ingest/schedule.ts";
import { startOffset } from "./ingest/slots.ts";
import { Space, type SpaceSettings } from "./ingest/space.ts";
import { Stream } from "./ingest/stream.ts";
import { createSink } from "./sinks/registry.ts";
import type { Sink } from "./sinks/sink.ts";
import { SOURCES } from "./sources/registry.ts";
import { openStore } from "./store/sqlite/sqlite-store.ts";
import type { Replay, Store } from "./store/store.ts";
import { HttpEndpoint, requireAddress } from "./telemetry/http.ts";
import { describeError, type Log } from "./telemetry/log.ts";
import { Metrics } from "./telemetry/metrics.ts";
import { Renewals } from "./telemetry/renewals.ts";

/** How long a stop may take to deliver and confirm what the log holds. */
const DRAIN_MS = 5_000;
const HOUSEKEEPING_MS = 10_000;

/** What every start says of a sink that promises less than an answer for each message. */
const WEAKER_PROMISES = {
  "confirmed-late":
    "this sink has no acknowledgement: a batch counts as delivered once the collector has outlived reading it; relp promises more",
  "best-effort": "this sink promises best effort only: what the collector does not take is lost",
} as const;

export interface DaemonParts {
  readonly config: Config;
  readonly environment: NodeJS.ProcessEnv;
  readonly version: string;
  readonly log: Log;
  /** Called at most a few times, with a bug or a state that can no longer be used: stop the daemon and end. */
  readonly onFatal: (error: unknown) => void;
}

export class Daemon {
  private readonly parts: DaemonParts;
  private readonly store: Store;
  private readonly metrics = new Metrics();
  private readonly graph: GraphClients;
  private readonly space: Space;
  private readonly schedule: Schedule;
  private readonly http: HttpEndpoint;
  private readonly replays: ReplayPumps;
  private pumps: readonly Pump[] = [];
  private pollers: readonly Poller[] = [];
  private isReady = false;
  private nextHousekeeping = 0;
  private housekeeping: Promise<void> | undefined;

  private constructor(parts: DaemonParts) {
    const { config, environment, version, log } = parts;
    this.parts = parts;
    const renewals = new Renewals(log, this.metrics);
    // Where there is a state, a daemon ran before, perhaps until a moment ago. Nobody can know what it used of Graph's
    // budgets, so a restart lets one window pass; only the very first start asks at once.
    const isBudgetUsed = existsSync(config.store.path);
    this.graph = createGraphClients(
      config.tenants.map((tenant) => graphTenant(tenant, environment)),
      { version, environment, isBudgetUsed, onRenewal: renewals.ended.bind(renewals) },
    );
    this.store = openStore(config.store.path, Date.now);
    this.space = new Space(this.store, spaceSettings(config), log);
    this.replays = new ReplayPumps({
      store: this.store,
      log,
      createPump: (replay) => this.createReplayPump(replay),
      onFatal: parts.onFatal,
    });
    this.schedule = new Schedule(() => this.tick(), log);
    this.http = new HttpEndpoint({
      listen: config.http.listen,
      registry: this.metrics.registry,
      observe: async () => this.metrics.observe(await this.store.status()),
      isReady: () => this.isReady,
    });
  }

  /** Opens the state and starts every loop. A collector or a Graph that is down does not keep it from starting. */
  static async start(parts: DaemonParts): Promise<Daemon> {
    const { store, http } = parts.config;
    // Nobody holds a state that is not there, so an address in use is told before one is made. Where there is one, it
    // may be another instance that has both, and then that is what to tell.
    if (!existsSync(store.path)) await requireAddress(http.listen);
    const daemon = new Daemon(parts);
    try {
      await daemon.open();
      return daemon;
    } catch (error) {
      await daemon.stop();
      throw error;
    }
  }

  /** Ends reading, delivers what the log holds within the drain's time, and closes everything. */
  async stop(): Promise<void> {
    this.isReady = false;
    await this.schedule.stop();
    await Promise.all(this.pollers.map((poller) => poller.stop()));
    this.space.stop();
    await this.housekeeping;
    await Promise.all([...this.pumps.map((pump) => pump.drain(DRAIN_MS)), this.replays.stop(DRAIN_MS)]);
    await this.http.stop();
    this.graph.close();
    await this.store.close();
  }

  private async open(): Promise<void> {
    const { config, log, version } = this.parts;
    await this.http.start();
    await this.startPumps();
    await this.openStreams();
    this.schedule.start();
    this.tick();
    this.isReady = true;
    log.info("started", { version, streams: this.pollers.length, sinks: this.pumps.length, state: config.store.path });
  }

  private async startPumps(): Promise<void> {
    const { config, onFatal } = this.parts;
    this.pumps = config.sinks.map((sink) => this.createLivePump(sink));
    for (const pump of this.pumps) await pump.start(onFatal);
    await this.replays.look();
    await this.warnOfRemovedSinks();
  }

  private createLivePump(config: SinkConfig): Pump {
    const { name, startFrom } = config;
    const selection = selectionOf(config, this.parts.config.tenants);
    const { log } = this.parts;
    const sink = createSink(config, { hostname: hostname(), warn: log.warn.bind(log) });
    if (sink.guarantee !== "acknowledged") {
      log.warn(WEAKER_PROMISES[sink.guarantee], { sink: sink.name, guarantee: sink.guarantee });
    }
    return this.createPump(config, sink, live(this.store, { name, selection, startFrom }));
  }

  private createReplayPump(replay: Replay): Pump | undefined {
    const config = this.parts.config.sinks.find(({ name }) => name === replay.name);
    if (config === undefined) return undefined;
    const sink = createSink(config, { hostname: hostname(), warn: () => {} });
    return this.createPump(config, sink, replayed(this.store, replay, selectionOf(config, this.parts.config.tenants)));
  }

  private createPump(config: SinkConfig, sink: Sink, feed: Feed): Pump {
    const { version, log } = this.parts;
    return new Pump({
      sink,
      format: createFormat(config.format, { version, hostname: hostname() }),
      feed,
      room: () => this.store.deadLetterRoom(sink.name),
      log,
      metrics: this.metrics,
      now: Date.now,
      random: Math.random,
    });
  }

  private async openStreams(): Promise<void> {
    const { config, log, onFatal } = this.parts;
    const start = performance.now();
    const ids = config.tenants.flatMap((tenant) =>
      sourcesOf(tenant).map((source) => ({ tenantId: tenant.tenantId.toLowerCase(), source })),
    );
    const pollers: Poller[] = [];
    for (const [index, id] of ids.entries()) {
      const settings = readingSettings(config, id.source);
      const stream = new Stream({
        id,
        source: SOURCES[id.source],
        graph: this.graph.of(id.tenantId),
        settings,
        store: this.store,
        log,
        metrics: this.metrics,
        now: Date.now,
        random: Math.random,
        onAppended: () => this.notifyPumps(),
      });
      await stream.open();
      const firstSlot = start + startOffset(index, ids.length, settings.everyMs);
      const hasRoom = () => !this.space.isFull;
      pollers.push(new Poller(stream, { firstSlot, everyMs: settings.everyMs, hasRoom, onFatal }));
    }
    this.pollers = pollers;
  }

  private tick(): void {
    const now = performance.now();
    for (const poller of this.pollers) poller.tick(now);
    if (this.housekeeping) return;
    this.housekeeping = this.keepHouse(now).finally(() => {
      this.housekeeping = undefined;
    });
  }

  private async keepHouse(now: number): Promise<void> {
    try {
      if (await this.store.isChangedOutside()) await this.takeUp();
      if (now < this.nextHousekeeping) return;
      this.nextHousekeeping = now + HOUSEKEEPING_MS;
      await this.space.look(Date.now());
    } catch (error) {
      if (!(error instanceof TransientError)) return this.parts.onFatal(error);
      this.parts.log.warn("housekeeping failed, will retry", describeError(error));
    }
  }

  /** Takes up what an operator's command has put into the state. */
  private async takeUp(): Promise<void> {
    for (const poller of this.pollers) await poller.refresh();
    for (const pump of this.pumps) pump.retry();
    await this.replays.look();
  }

  private notifyPumps(): void {
    for (const pump of this.pumps) pump.notify();
  }

  private async warnOfRemovedSinks(): Promise<void> {
    const names = this.parts.config.sinks.map(({ name }) => name);
    const { sinks } = await this.store.status();
    for (const { name, backlog } of sinks.filter((sink) => !names.includes(sink.name))) {
      this.parts.log.warn("a sink of the state is not in the configuration any more", { sink: name, backlog });
    }
  }
}

function spaceSettings({ store, sinks }: Config): SpaceSettings {
  const forgetAfterMs = new Map<SourceName, number>();
  for (const source of Object.values(SOURCES)) {
    if (source.forgetAfterMs !== undefined) forgetAfterMs.set(source.name, source.forgetAfterMs);
  }
  return {
    maxBytes: parseSize(store.maxSize),
    retainMs: parseDuration(store.retain),
    sinks: sinks.map(({ name }) => name),
    forgetAfterMs,
  };
}
