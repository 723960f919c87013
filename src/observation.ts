/** One look at the whole forwarder, for metrics. */
import type { Config } from "./config/schema.ts";
import { sourcesOf } from "./config/settings.ts";
import { parseDuration, parseSize } from "./config/values.ts";
import { SOURCE_NAMES } from "./core/event.ts";
import type { GraphClients } from "./graph/graph-clients.ts";
import type { Store } from "./store/store.ts";
import type { Configured, Observation } from "./telemetry/observation.ts";

export interface Observed {
  readonly config: Config;
  readonly version: string;
  readonly store: Store;
  readonly graph: GraphClients;
  readonly isPaused: boolean;
}

/** Throws TransientError or StateError when the state cannot be read. */
export async function observe({ config, version, store, graph, isPaused }: Observed): Promise<Observation> {
  return {
    version,
    now: Date.now(),
    state: await store.status(),
    configured: configuredOf(config),
    graph: graph.usage(),
    maxBytes: parseSize(config.store.maxSize),
    isPaused,
  };
}

function configuredOf({ tenants, sources, sinks }: Config): Configured {
  const named = tenants.map((tenant) => ({ ...tenant, tenantId: tenant.tenantId.toLowerCase() }));
  return {
    tenants: named.map(({ tenantId, name }) => ({ tenantId, name })),
    streams: named.flatMap((tenant) => sourcesOf(tenant).map((source) => ({ tenantId: tenant.tenantId, source }))),
    sinks: sinks.map(({ name }) => name),
    everyMs: new Map(SOURCE_NAMES.map((source) => [source, parseDuration(sources[source].every)])),
  };
}
