/** One look at the whole forwarder, for metrics. */
import type { GraphClients } from "./graph/graph-clients.ts";
import type { Store } from "./store/store.ts";
import type { Configured } from "./telemetry/configured.ts";
import type { Observation } from "./telemetry/observation.ts";

export interface Observed {
  readonly configured: Configured;
  readonly version: string;
  readonly store: Store;
  readonly graph: GraphClients;
  readonly isPaused: boolean;
}

/** Throws TransientError or StateError when the state cannot be read. */
export async function observe({ store, graph, ...known }: Observed): Promise<Observation> {
  return { ...known, now: Date.now(), state: await store.status(), graph: graph.usage() };
}
