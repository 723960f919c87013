/** From the configuration of a syslog sink to the sink that its transport needs. */
import { parseDuration } from "../../config/values.ts";
import type { Named, SinkDefinition, SinkDependencies } from "../definition.ts";
import type { Sink } from "../sink.ts";
import type { Collector } from "../wire/collector.ts";
import { ConfirmedLateSink } from "./confirmed-late-sink.ts";
import type { Encoding } from "./encoder.ts";
import { PersistentSink } from "./persistent-sink.ts";
import { checkSyslog, type SyslogConfig, syslogShape } from "./schema.ts";
import { UdpSink } from "./udp-sink.ts";

export type { SyslogConfig };

export const syslogDefinition = {
  shape: syslogShape,
  check: checkSyslog,
  collectorOf,
  create: createSyslogSink,
} satisfies SinkDefinition<SyslogConfig>;

function createSyslogSink(config: SyslogConfig & Named, { hostname, pulse, warn }: SinkDependencies): Sink {
  const { name } = config;
  const encoding = encodingOf(config, config.hostname ?? hostname);
  const collector = { ...collectorOf(config), pulse };
  if (collector.tls?.insecureSkipVerify) {
    warn("the collector's certificate is not verified: anybody on the way can read and answer", { sink: name });
  }
  if (collector.tls?.requireCloseNotify === false) {
    warn("TLS sessions may end without close_notify: an attacker on the way could end sessions unnoticed", {
      sink: name,
    });
  }
  if (config.transport === "udp") return new UdpSink(name, collector, encoding);
  if (config.persistent) return new PersistentSink(name, collector, encoding);
  return new ConfirmedLateSink(name, collector, encoding);
}

function encodingOf(config: SyslogConfig, hostname: string): Encoding {
  const { transport, header, framing = "octet-counting", facility, maxMessageBytes } = config;
  return {
    header,
    framing: transport === "udp" ? "none" : framing,
    sender: { facility, hostname, processId: process.pid },
    maxMessageBytes,
  };
}

function collectorOf({ transport, host, port, tls, connectTimeout, stallTimeout }: SyslogConfig): Collector {
  return {
    host,
    port: port ?? (transport === "tls" ? 6514 : 514),
    ...(transport === "tls" ? { tls: tls ?? { insecureSkipVerify: false, requireCloseNotify: true } } : {}),
    connectTimeoutMs: parseDuration(connectTimeout),
    stallTimeoutMs: parseDuration(stallTimeout),
  };
}
