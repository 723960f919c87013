/**
 * Reads a configuration file. Every problem is found before anything is started or any state is touched, and each is
 * one line: file, line, key, what was found and what was expected.
 */
import { readFileSync } from "node:fs";
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { ConfigError, messageOf } from "../core/errors.ts";
import { fileProblems } from "./files.ts";
import { type Problem, pathText, problemsOf } from "./problems.ts";
import { type Config, configSchema } from "./schema.ts";

/** Loads and checks a configuration, the files that it names included. Throws ConfigError. */
export function loadConfig(file: string, environment: NodeJS.ProcessEnv): Config {
  return parseConfig(readText(file), file, environment);
}

/** The JSON Schema of the configuration. */
export function jsonSchema(): object {
  return z.toJSONSchema(configSchema, { io: "input" });
}

function parseConfig(text: string, file: string, environment: NodeJS.ProcessEnv): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = [...document.errors, ...document.warnings];
  if (broken) {
    const { line, col } = lines.linePos(broken.pos[0]);
    throw new ConfigError("ERF1001", `${file}:${line}:${col}: not valid YAML: ${broken.message}`);
  }

  const lineOf = (path: readonly (string | number)[]): string => {
    for (let depth = path.length; depth > 0; depth -= 1) {
      const node = document.getIn(path.slice(0, depth), true);
      const start = rangeStart(node);
      if (start !== undefined) return `:${lines.linePos(start).line}`;
    }
    return "";
  };
  const refuse = (problems: readonly Problem[]): never => {
    const texts = problems.map(
      (problem) => `${file}${lineOf(problem.path)}: ${pathText(problem.path)}: ${problem.text}`,
    );
    throw new ConfigError("ERF1001", texts.join("\n"));
  };

  const input: unknown = document.toJS();
  const parsed = configSchema.safeParse(input);
  if (!parsed.success) return refuse(problemsOf(parsed.error, input, keysOf(jsonSchema())));
  const problems = fileProblems(parsed.data, environment);
  return problems.length > 0 ? refuse(problems) : parsed.data;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError("ERF1002", `cannot read the configuration: ${messageOf(error)}`, error);
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
