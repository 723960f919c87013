/**
 * Reads a configuration file. Every problem is found before anything is started or any state is touched, and each is
 * one line: file, line, key, what was found and what was expected.
 */
import { readFileSync } from "node:fs";
import { type Document, LineCounter, parseDocument, type YAMLError } from "yaml";
import { z } from "zod";
import { ConfigError, messageOf } from "../core/errors.ts";
import { printable } from "../core/printable.ts";
import { fileProblems } from "./files.ts";
import { type Problem, pathText, problemsOf } from "./problems.ts";
import { type Config, configSchema } from "./schema.ts";

/** Reads and checks a configuration, the files and variables that it names included. Throws ConfigError. */
export function loadConfig(file: string, environment: NodeJS.ProcessEnv): Config {
  const { config, lineOf } = parseConfig(readText(file), file);
  const problems = fileProblems(config, environment);
  if (problems.length > 0) throw refusal(file, problems, lineOf);
  return config;
}

/** Reads a configuration alone: no secret, certificate or variable is looked at. Throws ConfigError. */
export function readConfig(file: string): Config {
  return parseConfig(readText(file), file).config;
}

/** The JSON Schema of the configuration. */
export function jsonSchema(): object {
  return z.toJSONSchema(configSchema, { io: "input" });
}

interface ParsedConfig {
  readonly config: Config;
  readonly lineOf: LineOf;
}

/** `:7` for a place in line 7; empty when it is nowhere in the file. */
type LineOf = (path: readonly (string | number)[]) => string;

function parseConfig(text: string, file: string): ParsedConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = [...document.errors, ...document.warnings];
  if (broken) {
    const { line, col } = lines.linePos(broken.pos[0]);
    throw new ConfigError("ERF1001", `${file}:${line}:${col}: not valid YAML: ${reasonOf(broken)} ${LOOK_HERE}`);
  }

  const lineOf: LineOf = (path) => {
    for (let depth = path.length; depth > 0; depth -= 1) {
      const node = document.getIn(path.slice(0, depth), true);
      const start = rangeStart(node);
      if (start !== undefined) return `:${lines.linePos(start).line}`;
    }
    return "";
  };
  const input = valueOf(document, file);
  if (input === null) throw new ConfigError("ERF1001", `${file}: the file is empty`);
  const parsed = configSchema.safeParse(input);
  if (!parsed.success) throw refusal(file, problemsOf(parsed.error, input, keysOf(jsonSchema())), lineOf);
  return { config: parsed.data, lineOf };
}

/** The text of a tag may be a value that lacks its quotes, and the parser quotes it. */
function reasonOf({ code, message }: YAMLError): string {
  if (code === "TAG_RESOLVE_FAILED") return "a value that begins with ! needs quotes";
  if (code === "MULTIPLE_DOCS") return "more than one document; remove the line with ---";
  return message;
}

const LOOK_HERE = "(look at this line and those above it: indentation, quotes, brackets)";

/** The document's aliases are resolved only here, which may fail. */
function valueOf(document: Document, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // After the colon stands the alias, which may be a value that lacks its quotes.
    const [reason] = messageOf(error).split(":");
    throw new ConfigError("ERF1001", `${file}: not valid YAML: ${reason}`);
  }
}

/** One line for each problem, whatever its texts contain. */
function refusal(file: string, problems: readonly Problem[], lineOf: LineOf): ConfigError {
  const texts = problems.map(({ path, text }) => printable(`${file}${lineOf(path)}: ${pathText(path)}: ${text}`));
  return new ConfigError("ERF1001", texts.join("\n"));
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const remedy = "Check the path after --config, and that this user may read the file.";
    throw new ConfigError("ERF1002", `cannot read the configuration: ${messageOf(error)}. ${remedy}`, error);
  }
}

function rangeStart(node: unknown): number | undefined {
  if (node === null || typeof node !== "object" || !("range" in node)) return undefined;
  return Array.isArray(node.range) ? Number(node.range[0]) : undefined;
}

/** Every property name that a JSON Schema knows. */
function keysOf(schema: unknown): string[] {
  if (schema === null || typeof schema !== "object") return [];
  const own = "properties" in schema && schema.properties ? Object.keys(schema.properties) : [];
  return [...new Set([...own, ...Object.values(schema).flatMap(keysOf)])];
}
