/** Every kind of format there is. A new one is added here and nowhere else. */
import type { z } from "zod";
import { cefDefinition } from "./cef/definition.ts";
import type { FormatDependencies } from "./definition.ts";
import type { Format } from "./format.ts";

export const FORMAT_DEFINITIONS = { cef: cefDefinition } as const;

export type FormatConfig = z.output<(typeof FORMAT_DEFINITIONS)[keyof typeof FORMAT_DEFINITIONS]["schema"]>;

export function createFormat(config: FormatConfig, dependencies: FormatDependencies): Format {
  return FORMAT_DEFINITIONS[config.type].create(config, dependencies);
}
