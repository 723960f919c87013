/** What a kind of format is to the rest of the product: a part of the configuration schema, and a maker. */
import type { z } from "zod";
import type { Format } from "./format.ts";

/** What the composition root gives to every format. */
export interface FormatDependencies {
  /** The product's version. */
  readonly version: string;
  /** Name of this host, for messages that say who sends. */
  readonly hostname: string;
}

export interface FormatDefinition<Schema extends z.ZodType> {
  /** The value of `type` in the configuration. */
  readonly type: string;
  /** The format's own keys, `type` among them. */
  readonly schema: Schema;
  readonly create: (config: z.output<Schema>, dependencies: FormatDependencies) => Format;
}
