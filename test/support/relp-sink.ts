/** A RELP sink as the configuration makes it. */
import { z } from "zod";
import { createSink, SINK_DEFINITIONS } from "../../src/sinks/registry.ts";
import type { Sink } from "../../src/sinks/sink.ts";

const { shape, check } = SINK_DEFINITIONS.relp;
const schema = z.strictObject({ name: z.string(), ...shape }).superRefine(check);

type Keys = Omit<z.input<typeof schema>, "name" | "type" | "host">;

/** To `localhost`, from host fwd1. */
export function relpSink(keys: Keys & { readonly host?: string }): Sink {
  const config = schema.parse({ name: "siem", type: "relp", host: "localhost", ...keys });
  return createSink(config, { hostname: "fwd1", warn: () => undefined });
}
