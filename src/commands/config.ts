/** `config schema` and `config show`. The configuration names secrets but holds none, so all of it can be shown. */
import { stringify } from "yaml";
import { jsonSchema, readConfig } from "../config/load.ts";

export function showSchema(): void {
  process.stdout.write(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
}

/** Throws ConfigError. */
export function showConfig(file: string): void {
  process.stdout.write(stringify(readConfig(file)));
}
