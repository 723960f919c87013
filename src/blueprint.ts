/** From a configuration to the loops that it wants: what each is made from, and how it is made. */
import { hostname } from "node:os";
import { recipeOf } from "./config/recipe.ts";
import type { Config, SinkConfig } from "./config/schema.ts";
import { graphTenant, readingSettings, routeOf, selectionOf, sourcesOf } from "./config/settings.ts";
import { parseDuration, parseSize } from "./config/values.ts";
import type { Risk, SourceName, StreamId } from "./core/event.ts";
import type { Notice } from "./core/notice.ts";
import type { ReadingSettings } from "./core/plan.ts";
import type { Pulse, Pulses } from "./core/pulse.ts";
import type { ConfiguredSink } from "./core/renames.ts";
import { live, replayed } from "./deliver/feed.ts";
import type { Audience } from "./deliver/notices.ts";
import type { Paces } from "./deliver/paces.ts";
import { Pump, type PumpParts } from "./deliver/pump.ts";
import type { Selection } from "./deliver/selection.ts";
import type { SharedReads } from "./deliver/shared-reads.ts";
import type { SharedFormats } from "./formats/shared-formats.ts";
import type { GraphClients } from "./graph/graph-clients.ts";
import type { GraphTenant } from "./graph/tenant.ts";
import { Poller } from "./ingest/poller.ts";
import { startOffset } from "./ingest/slots.ts";
import type { SpaceSettings } from "./ingest/space.ts";
import { Stream } from "./ingest/stream.ts";
import type { Wanted } from "./loops.ts";
import { createSink } from "./sinks/registry.ts";
import { SOURCES } from "./sources/registry.ts";
import type { Replay, Store } from "./store/store.ts";
import type { Log } from "./telemetry/log.ts";
import type { Metrics } from "./telemetry/metrics.ts";

/** What every start says of a sink that promises less than an answer for each message. */
const WEAKER_PROMISES = {
  "confirmed-late":
    "this sink has no acknowledgement: a batch counts as delivered once the collector has outlived reading it; relp promises more",
  "best-effort": "this sink promises best effort only: what the collector does not take is lost",
} as const;

/** What the loops share. */
export interface Shared {
  readonly environment: NodeJS.ProcessEnv;
  readonly version: string;
  readonly store: Store;
  readonly reads: SharedReads;
  readonly formats: SharedFormats;
  readonly graph: GraphClients;
  readonly paces: Paces;
  readonly pulses: Pulses;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Tells the SIEM. */
  readonly tell: (notice: Notice) => void;
  /** False while the event log is full. */
  readonly hasRoom: () => boolean;
  /** Called after events were appended, with the risks of those that were news. */
  readonly onAppended: (risks: readonly Risk[]) => void;
  /** Called after each batch that a sink has taken. */
  readonly onSent: () => void;
  /** Called with whatever is a bug or a state that can no longer be used. */
  readonly onFatal: (error: unknown) => void;
}

interface WantedPoller extends Wanted<Poller> {
  readonly id: StreamId;
}

export interface Blueprint {
  readonly tenants: readonly GraphTenant[];
  readonly pumps: readonly Wanted<Pump>[];
  readonly pollers: readonly WantedPoller[];
  readonly audiences: readonly Audience[];
  /** The sinks as they are held against those of the state. */
  readonly suspects: readonly ConfiguredSink[];
}

/** Throws ConfigError when a file that it names is gone. */
export function blueprintOf(config: Config, shared: Shared): Blueprint {
  const tenants = config.tenants.map((tenant) => graphTenant(tenant, shared.environment));
  return {
    tenants,
    audiences: config.sinks.map((sink) => ({ name: sink.name, selection: selectionOf(sink, config.tenants) })),
    pumps: config.sinks.map((sink) => wantedPump(sink, selectionOf(sink, config.tenants), shared)),
    pollers: wantedPollers(config, tenants, shared),
    suspects: config.sinks.map((sink) => ({ ...sink, route: routeOf(sink) })),
  };
}

/** Where a sink started is of no account once it has a cursor. */
function wantedPump(config: SinkConfig, selection: Selection, shared: Shared): Wanted<Pump> {
  const { startFrom: _, renamedFrom, ...ingredients } = config;
  return {
    name: config.name,
    after: renamedFrom,
    recipe: recipeOf(ingredients, selection),
    start: async () => {
      const pump = createLivePump(config, selection, shared);
      await pump.start(shared.onFatal);
      return pump;
    },
  };
}

function createLivePump(config: SinkConfig, selection: Selection, shared: Shared): Pump {
  const { name, startFrom = "present", renamedFrom } = config;
  const { store, reads, log } = shared;
  const pulse = shared.pulses.of(`sink ${name}`);
  const sink = createSink(config, { hostname: hostname(), pulse, warn: log.warn.bind(log) });
  if (sink.guarantee !== "acknowledged") {
    log.warn(WEAKER_PROMISES[sink.guarantee], { sink: sink.name, guarantee: sink.guarantee });
  }
  return createPump(
    config,
    {
      sink,
      pulse,
      onSent: shared.onSent,
      feed: live(store, { name, selection, startFrom, origin: { route: routeOf(config), renamedFrom } }, reads),
    },
    shared,
  );
}

/** The pump of a replay, with a connection of its own; undefined while its sink is not configured. */
export function createReplayPump(replay: Replay, { sinks, tenants }: Config, shared: Shared): Pump | undefined {
  const config = sinks.find(({ name }) => name === replay.name);
  if (config === undefined) return undefined;
  const pulse = shared.pulses.of(`replay of sink ${replay.name}`);
  const sink = createSink(config, { hostname: hostname(), pulse, warn: () => {} });
  return createPump(
    config,
    { sink, pulse, feed: replayed(shared.store, replay, selectionOf(config, tenants)) },
    shared,
  );
}

function createPump(
  config: SinkConfig,
  parts: Pick<PumpParts, "sink" | "pulse" | "feed" | "onSent">,
  shared: Shared,
): Pump {
  const { version, store, formats, paces, log, metrics, tell } = shared;
  return new Pump({
    ...parts,
    pace: paces.of(parts.sink, config.maxPerSecond),
    format: formats.of(config.format, { version, hostname: hostname() }),
    room: () => store.deadLetterRoom(config.name),
    log,
    metrics,
    tell,
    now: Date.now,
    random: Math.random,
  });
}

/** The name of a stream's loop. */
export function streamName({ tenantId, source }: StreamId): string {
  return `${tenantId} ${source}`;
}

/** The first slots are spread, so that not all streams ask at once. */
function wantedPollers(config: Config, tenants: readonly GraphTenant[], shared: Shared): WantedPoller[] {
  const ids = config.tenants.flatMap((tenant) =>
    sourcesOf(tenant).map((source) => ({ tenantId: tenant.tenantId.toLowerCase(), source })),
  );
  const recipes = new Map(tenants.map(({ tenantId, recipe }) => [tenantId, recipe]));
  return ids.map((id, index) => {
    const settings = readingSettings(config, id.source);
    const offset = startOffset(index, ids.length, settings.everyMs);
    return {
      id,
      name: streamName(id),
      recipe: recipeOf(recipes.get(id.tenantId), settings),
      start: async () => {
        const stream = createStream(id, settings, shared);
        await stream.open();
        const { hasRoom, onFatal } = shared;
        return new Poller(stream, {
          firstSlot: performance.now() + offset,
          everyMs: settings.everyMs,
          pulses: pulsesOf(id, shared),
          hasRoom,
          onFatal,
        });
      },
    };
  });
}

function pulsesOf(
  { tenantId, source }: StreamId,
  { pulses }: Shared,
): { readonly head: Pulse; readonly reread: Pulse } {
  const stream = `stream ${source} of tenant ${tenantId}`;
  return { head: pulses.of(stream), reread: pulses.of(`re-reads of ${stream}`) };
}

function createStream(id: StreamId, settings: ReadingSettings, shared: Shared): Stream {
  const { store, graph, log, metrics, tell, onAppended } = shared;
  return new Stream({
    id,
    source: SOURCES[id.source],
    graph: graph.of(id.tenantId),
    settings,
    store,
    log,
    metrics,
    tell,
    now: Date.now,
    random: Math.random,
    onAppended,
  });
}

/** What applies to all loops at once, by its key. */
export function settingsOf({ store, http, log }: Config): ReadonlyMap<string, string> {
  const sections = Object.entries({ store, http, log });
  return new Map(
    sections.flatMap(([section, keys]) => Object.entries(keys).map(([key, value]) => [`${section}.${key}`, value])),
  );
}

export function spaceSettings({ store, sinks }: Config): SpaceSettings {
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
