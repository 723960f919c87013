/** Every kind of sink there is. A new one is added here and nowhere else. */
import type { Named, SinkDependencies } from "./definition.ts";
import { type RelpConfig, relpDefinition } from "./relp/definition.ts";
import type { Sink } from "./sink.ts";
import { type SyslogConfig, syslogDefinition } from "./syslog/definition.ts";
import type { Collector } from "./wire/collector.ts";

export const SINK_DEFINITIONS = { syslog: syslogDefinition, relp: relpDefinition } as const;

export function createSink(config: (SyslogConfig | RelpConfig) & Named, dependencies: SinkDependencies): Sink {
  if (config.type === "relp") return SINK_DEFINITIONS.relp.create(config, dependencies);
  return SINK_DEFINITIONS.syslog.create(config, dependencies);
}

export function collectorOf(config: SyslogConfig | RelpConfig): Collector {
  if (config.type === "relp") return SINK_DEFINITIONS.relp.collectorOf(config);
  return SINK_DEFINITIONS.syslog.collectorOf(config);
}
