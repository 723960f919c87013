/** What a kind of sink is to the rest of the product: a part of the configuration schema, and a maker. */
import type { z } from "zod";
import type { Pulse } from "../core/pulse.ts";
import type { Sink } from "./sink.ts";
import type { Collector } from "./wire/collector.ts";

/** What the composition root gives to every sink. */
export interface SinkDependencies {
  /** Name of this host, for transports that say who sends. */
  readonly hostname: string;
  /** Told of every wait how long it may take. Absent: nobody asks. */
  readonly pulse?: Pulse;
  readonly warn: (message: string, metadata: Readonly<Record<string, unknown>>) => void;
}

/** What every sink's configuration has, as far as a sink needs to know it. */
export interface Named {
  /** The operator's name for the sink. */
  readonly name: string;
}

export interface SinkDefinition<Config> {
  /** The sink's own keys, `type` among them; the configuration adds those that every sink has. */
  readonly shape: z.ZodRawShape;
  /** Reports keys that contradict each other. */
  readonly check: (config: Config, context: z.RefinementCtx) => void;
  /** Where its collector is and how it is reached. */
  readonly collectorOf: (config: Config) => Collector;
  /** Makes the sink without touching the network. Warns of what makes it insecure. */
  readonly create: (config: Config & Named, dependencies: SinkDependencies) => Sink;
}
