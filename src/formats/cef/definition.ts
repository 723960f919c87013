/** The configuration of CEF, and the format it makes. */
import { z } from "zod";
import type { FormatDefinition } from "../definition.ts";
import { cefFormat } from "./cef-format.ts";

const schema = z.strictObject({
  type: z.literal("cef").describe("ArcSight Common Event Format, CEF:0."),
  hardEquals: z
    .boolean()
    .default(false)
    .describe("Writes = in values as %3D, for receivers that take any word= for a key, such as Graylog."),
  spaceAfterHeader: z
    .boolean()
    .default(false)
    .describe("A space in front of the first key, for liblognorm up to 2.0.6, which otherwise cuts its first letter."),
  hostname: z
    .string({ error: "a host name" })
    .min(1, { error: "a host name" })
    .optional()
    .describe("Value of dvchost; default: this host's name."),
});

export const cefDefinition = {
  type: "cef",
  schema,
  create: ({ hardEquals, spaceAfterHeader, hostname }, dependencies) =>
    cefFormat({
      version: dependencies.version,
      hostname: hostname ?? dependencies.hostname,
      hardEquals,
      spaceAfterHeader,
    }),
} as const satisfies FormatDefinition<typeof schema>;
