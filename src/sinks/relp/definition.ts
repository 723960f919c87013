/** From the configuration of a RELP sink to the sink. */
import { parseDuration } from "../../config/values.ts";
import type { Named, SinkDefinition, SinkDependencies } from "../definition.ts";
import type { Sink } from "../sink.ts";
import type { Collector } from "../wire/collector.ts";
import { RelpSink } from "./relp-sink.ts";
import { checkRelp, type RelpConfig, relpShape } from "./schema.ts";

export type { RelpConfig };

const DEFAULT_PORT = 2514;

export const relpDefinition = {
  shape: relpShape,
  check: checkRelp,
  collectorOf,
  create: createRelpSink,
} satisfies SinkDefinition<RelpConfig>;

function createRelpSink(config: RelpConfig & Named, { hostname, pulse, warn }: SinkDependencies): Sink {
  const { name, tls, header, facility, maxMessageBytes, window } = config;
  if (tls?.insecureSkipVerify) {
    warn("the collector's certificate is not verified: anybody on the way can read and answer", { sink: name });
  }
  return new RelpSink(name, {
    collector: { ...collectorOf(config), pulse },
    encoding: {
      header,
      framing: "none",
      sender: { facility, hostname: config.hostname ?? hostname, processId: process.pid },
      maxMessageBytes,
    },
    window,
  });
}

function collectorOf({ host, port = DEFAULT_PORT, tls, connectTimeout, stallTimeout }: RelpConfig): Collector {
  return {
    host,
    port,
    ...(tls === undefined ? {} : { tls }),
    connectTimeoutMs: parseDuration(connectTimeout),
    stallTimeoutMs: parseDuration(stallTimeout),
  };
}
