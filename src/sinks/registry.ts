/** Every kind of sink there is. A new one is added here and nowhere else. */
import type { Named, SinkDependencies } from "./definition.ts";
import type { Sink } from "./sink.ts";
import { type SyslogConfig, syslogDefinition } from "./syslog/definition.ts";

export const SINK_DEFINITIONS = { syslog: syslogDefinition } as const;

export function createSink(config: SyslogConfig & Named, dependencies: SinkDependencies): Sink {
  return SINK_DEFINITIONS[config.type].create(config, dependencies);
}
