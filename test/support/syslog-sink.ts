/** A syslog sink as the configuration makes it. */
import { z } from "zod";
import { createSink, SINK_DEFINITIONS } from "../../src/sinks/registry.ts";
import type { Sink } from "../../src/sinks/sink.ts";

const schema = z
  .strictObject({ name: z.string(), ...SINK_DEFINITIONS.syslog.shape })
  .superRefine(SINK_DEFINITIONS.syslog.check);

type Keys = Omit<z.input<typeof schema>, "name" | "type" | "host">;

/** On `localhost`, from host fwd1. */
export function syslogSink(keys: Keys & { readonly host?: string }): Sink {
  const config = schema.parse({ name: "siem", type: "syslog", host: "localhost", ...keys });
  return createSink(config, { hostname: "fwd1", warn: () => undefined });
}
