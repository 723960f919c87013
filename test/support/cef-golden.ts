/** The golden cases: `test/golden/<source>/<case>/` with an event and the line that it must become. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RecordEvent } from "../../src/core/event.ts";
import type { Format } from "../../src/formats/format.ts";
import { createFormat, FORMAT_DEFINITIONS } from "../../src/formats/registry.ts";

const GOLDEN = join(import.meta.dirname, "../golden");

export interface GoldenCase {
  /** `signIns/failure` and the like. */
  readonly name: string;
  /** Keys of `format` beside `type`; none: the defaults. */
  readonly options?: object;
  readonly event: RecordEvent;
  readonly expected: string;
}

export function goldenCases(): readonly GoldenCase[] {
  return readdirSync(GOLDEN, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith("input.json"))
    .map((file) => dirname(file))
    .toSorted()
    .map((name) => ({
      name,
      ...JSON.parse(readFileSync(join(GOLDEN, name, "input.json"), "utf8")),
      expected: readFileSync(join(GOLDEN, name, "expected.cef"), "utf8"),
    }));
}

/** The format as the golden lines were written with it. */
export function goldenFormat(options: object = {}): Format {
  const config = FORMAT_DEFINITIONS.cef.schema.parse({ type: "cef", ...options });
  return createFormat(config, { version: "1.0.0", hostname: "fwd1.contoso.com" });
}
