/** From the configuration to what a report on the state is held against. Reads no secrets. */
import { hostname } from "node:os";
import { createSink } from "../sinks/registry.ts";
import type { Configured, Route } from "../telemetry/configured.ts";
import { expiriesOf } from "./expiries.ts";
import type { Config, SinkConfig } from "./schema.ts";
import { sourcesOf } from "./settings.ts";
import { parseDuration, parseSize } from "./values.ts";

export function configuredOf(config: Config): Configured {
  const { tenants, sinks, sources, store } = config;
  return {
    tenants: new Map(
      tenants.map((tenant) => [tenant.tenantId.toLowerCase(), { name: tenant.name, sources: sourcesOf(tenant) }]),
    ),
    sinks: new Map(sinks.map((sink) => [sink.name, routeOf(sink)])),
    everyMs: {
      signIns: parseDuration(sources.signIns.every),
      riskDetections: parseDuration(sources.riskDetections.every),
      riskyUsers: parseDuration(sources.riskyUsers.every),
    },
    maxBytes: parseSize(store.maxSize),
    expiries: expiriesOf(config),
  };
}

/** Makes the sink, which touches no network, only to hear what it promises. */
function routeOf(config: SinkConfig): Route {
  const { guarantee } = createSink(config, { hostname: hostname(), warn: () => {} });
  const { host, port } = config;
  const transport = config.type === "syslog" ? `syslog ${config.transport}` : config.type;
  return { transport, host, ...(port === undefined ? {} : { port }), guarantee };
}
