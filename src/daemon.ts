/**
 * The composition root: from a configuration to store, streams, sinks and loops. Pollers append, pumps advance; the
 * store is the only place where they meet.
 */
import { existsSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import {
  type Blueprint,
  blueprintOf,
  createReplayPump,
  type Shared,
  settingsOf,
  spaceSettings,
  streamName,
} from "./blueprint.ts";
import { configuredOf } from "./config/configured.ts";
import type { Config } from "./config/schema.ts";
import { type Changes, changesBetween } from "./core/changes.ts";
import { ERROR_CODES } from "./core/codes.ts";
import { ConfigError } from "./core/errors.ts";
import type { Follower } from "./core/event.ts";
import { Pulses } from "./core/pulse.ts";
import { requireAnswers } from "./core/renames.ts";
import { summaryOf } from "./core/summary.ts";
import { beat } from "./deliver/heartbeats.ts";
import type { Pump } from "./deliver/pump.ts";
import { ReplayPumps } from "./deliver/replay-pumps.ts";
import { type Foundation, layFoundation } from "./foundation.ts";
import { Housekeeping } from "./housekeeping.ts";
import type { Poller } from "./ingest/poller.ts";
import { Schedule } from "./ingest/schedule.ts";
import { Turnstile } from "./ingest/turnstile.ts";
import { Loops } from "./loops.ts";
import type { Replay } from "./store/store.ts";
import { HttpEndpoint, requireAddress } from "./telemetry/http.ts";
import type { Log } from "./telemetry/log.ts";

/** How long a stop may take to deliver and confirm; goodbyes and a busy host take up to 1.7 s more. */
const DRAIN_MS = 3_500;
/** How long a reload may take to confirm what a sink was sent that is removed or set up anew. */
const RELEASE_MS = 3_000;

export interface DaemonParts {
  readonly config: Config;
  readonly environment: NodeJS.ProcessEnv;
  readonly version: string;
  readonly log: Log;
  /** Called at most a few times, with a bug or a state that can no longer be used: stop the daemon and end. */
  readonly onFatal: (error: unknown) => void;
}

/** What a reload changed, by name. */
export interface Reloaded {
  readonly sinks: Changes;
  readonly streams: Changes;
  /** Keys of `store`, `http` and `log`. */
  readonly settings: readonly string[];
}

export class Daemon {
  private readonly parts: DaemonParts;
  /** Of every loop that there is. */
  readonly pulses = new Pulses(() => performance.now());
  private readonly base: Foundation;
  private readonly schedule: Schedule;
  private readonly housekeeping: Housekeeping;
  private readonly replays: ReplayPumps;
  private readonly pumps = new Loops<Pump>((pump) => pump.release(RELEASE_MS));
  private readonly turnstile = new Turnstile(() => this.pumps.all.every(({ isBusy }) => isBusy));
  private readonly pollers = new Loops<Poller>((poller) => poller.stop());
  private config: Config;
  private http: HttpEndpoint;
  private isReady = false;

  private constructor(parts: DaemonParts) {
    const { config, environment, version, log, onFatal } = parts;
    this.parts = parts;
    this.config = config;
    const onAppended = () => this.notifyPumps();
    const onAppending = () => followerOf(this.pumps.all);
    const turn = () => this.turnstile.pass();
    const wishes = { onAppended, onAppending, turn };
    this.base = layFoundation({ config: () => this.config, environment, version, log, ...wishes });
    const { store, live } = this.base;
    const createPump = (replay: Replay) => createReplayPump(replay, this.config, this.shared());
    this.replays = new ReplayPumps({ store, log, createPump, onFatal });
    const takeUp = () => this.takeUp();
    const tellHearts = () => beat(this.base, (stream) => this.pollers.isRunning(streamName(stream)));
    const pulse = this.pulses.of("housekeeping");
    const sample = (now: number) => live.tick(now);
    this.housekeeping = new Housekeeping({ ...this.base, log, pulse, takeUp, sample, beat: tellHearts, onFatal });
    this.schedule = new Schedule(() => this.tick(), log, this.pulses.of("schedule"));
    this.http = this.endpoint(config);
  }

  /**
   * Opens the state and starts every loop. A collector or a Graph that is down does not keep it from starting. Throws
   * ConfigError, StateError, or TransientError where the disk is full or fails: then it may be called again.
   */
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

  /**
   * Goes over to another configuration; what it does not concern goes on untouched. Throws ConfigError or TransientError
   * when it cannot be had, before anything is changed. Not to be called while another reload or a stop is under way.
   */
  async reload(config: Config): Promise<Reloaded> {
    const wanted = blueprintOf(config, this.shared());
    const reloaded = {
      sinks: this.pumps.changesTo(wanted.pumps),
      streams: this.pollers.changesTo(wanted.pollers),
      settings: changesBetween(settingsOf(this.config), settingsOf(config)).changed,
    };
    const http = await this.admit(config, wanted);
    this.config = config;
    this.base.space.follow(spaceSettings(config));
    this.base.live.follow(configuredOf(config));
    this.housekeeping.hasten();
    this.base.graph.follow(wanted.tenants);
    // It is too late to refuse. What fails from here on is a bug, or a state that fails just then: a restart begins anew.
    await Promise.all([this.follow(wanted, reloaded.sinks), this.listenOn(http)]).catch(this.parts.onFatal);
    return reloaded;
  }

  /** What the loops are doing, in one line. */
  get summary(): string {
    const streams = this.pollers.all.map(({ condition }) => condition);
    const sinks = this.pumps.all.map(({ condition }) => condition);
    return summaryOf(streams, sinks, this.base.space.isFull);
  }

  /** Ends reading, delivers what the log holds within the drain's time, and closes everything. */
  async stop(): Promise<void> {
    const wasReady = this.isReady;
    this.isReady = false;
    await this.schedule.stop();
    await Promise.all(this.pollers.all.map((poller) => poller.stop()));
    if (wasReady)
      this.base.notices.tell({
        kind: "stopping",
        message: "the forwarder stops; nothing arrives until it starts again",
      });
    await this.housekeeping.stop();
    await Promise.all([...this.pumps.all.map((pump) => pump.drain(DRAIN_MS)), this.replays.stop(DRAIN_MS)]);
    // What came of the drain is told at the next start.
    await this.housekeeping.handOn();
    await this.http.stop();
    this.base.graph.close();
    await this.base.store.close();
  }

  private async open(): Promise<void> {
    const { config } = this;
    const { log, version } = this.parts;
    await this.http.start();
    await this.housekeeping.start();
    const wanted = blueprintOf(config, this.shared());
    const { pumps, pollers, suspects } = wanted;
    requireAnswers(suspects, (await this.base.store.status()).sinks);
    await this.follow(wanted, this.pumps.changesTo(pumps));
    await this.warnOfRemovedSinks();
    await this.tellStart(`${pollers.length} streams, ${pumps.length} sinks`);
    this.schedule.start();
    this.tick();
    this.isReady = true;
    log.info("started", { version, streams: pollers.length, sinks: pumps.length, state: config.store.path });
  }

  /** Every loop becomes what is wanted. Replays of sinks that change or go have the same collectors as these. */
  private async follow({ pumps, pollers, audiences }: Blueprint, { changed, removed }: Changes): Promise<void> {
    // What is told by now goes where the names of now say, before one of them changes.
    await this.housekeeping.handOn();
    this.base.notices.follow(audiences);
    await Promise.all([
      this.pumps.follow(pumps),
      this.pollers.follow(pollers),
      this.replays.release([...changed, ...removed], RELEASE_MS),
    ]);
    await this.replays.look();
    this.base.graph.closeReplaced();
  }

  private shared(): Shared {
    const { environment, version, log, onFatal } = this.parts;
    const { pulses } = this;
    const { live, notices, space } = this.base;
    const hasRoom = () => !space.isFull;
    const onAppended: Shared["onAppended"] = (risks) => {
      live.accepted(risks);
      this.notifyPumps();
    };
    const tell = notices.tell.bind(notices);
    const onSent = () => this.turnstile.progressed();
    return { ...this.base, environment, version, pulses, log, tell, hasRoom, onAppended, onSent, onFatal };
  }

  /** All that can refuse a reload, and what makes it hold: answers the endpoint that listens by then. */
  private async admit(config: Config, { pollers, suspects }: Blueprint): Promise<HttpEndpoint> {
    if (config.store.path !== this.config.store.path) {
      const found = `store.path: ${this.config.store.path} is in use and cannot become ${config.store.path}`;
      throw new ConfigError("ERF1001", `${found} while the daemon runs. Restart it to change the state.`);
    }
    requireAnswers(suspects, (await this.base.store.status()).sinks);
    const isSame = config.http.listen === this.config.http.listen;
    const http = isSame ? this.http : this.endpoint(config);
    if (!isSame) await http.start();
    try {
      for (const { id } of pollers) {
        await this.base.store.openStream(id, Date.now());
        // The loops go on in between: each new stream is a commit, and there may be thousands.
        await setImmediate();
      }
      return http;
    } catch (error) {
      if (!isSame) await http.stop();
      throw error;
    }
  }

  private endpoint({ http }: Config): HttpEndpoint {
    return new HttpEndpoint({
      listen: http.listen,
      exposition: this.base.exposition,
      isReady: () => this.isReady,
      live: this.base.live,
    });
  }

  private async listenOn(http: HttpEndpoint): Promise<void> {
    const before = this.http;
    this.http = http;
    if (before !== http) await before.stop();
  }

  private tick(): void {
    const now = performance.now();
    for (const poller of this.pollers.all) poller.tick(now);
    this.housekeeping.tick(now);
  }

  /** Takes up what an operator's command has put into the state. */
  private async takeUp(): Promise<void> {
    for (const poller of this.pollers.all) await poller.refresh();
    for (const pump of this.pumps.all) pump.retry();
    await this.replays.look();
  }

  private async tellStart(loops: string): Promise<void> {
    const { log, version } = this.parts;
    const { notices, store } = this.base;
    const wasKilled = await store.endedAbruptly();
    const { remedy } = ERROR_CODES.ERF6002;
    if (wasKilled) log.warn("the run before did not end by itself", { code: "ERF6002", remedy });
    const message = `entra-risk-forwarder ${version}: ${loops}`;
    if (!wasKilled) return notices.tell({ kind: "started", message });
    const killed = `${message}; the run before was killed or crashed`;
    notices.tell({ kind: "started", code: "ERF6002", message: killed, remedy });
  }

  private notifyPumps(): void {
    for (const pump of this.pumps.all) pump.notify();
  }

  private async warnOfRemovedSinks(): Promise<void> {
    const names = this.config.sinks.map(({ name }) => name);
    const { sinks } = await this.base.store.status();
    for (const { name, backlog } of sinks.filter((sink) => !names.includes(sink.name))) {
      this.parts.log.warn("a sink of the state is not in the configuration any more", { sink: name, backlog });
    }
  }
}

/** A transaction of the event log, followed by every pump. */
function followerOf(pumps: readonly Pump[]): Follower {
  const followers = pumps.map((pump) => pump.follower());
  return {
    appended: (event) => {
      for (const follower of followers) follower.appended(event);
    },
    committed: () => {
      for (const follower of followers) follower.committed();
    },
  };
}
