/** Turns what the schema objects to into one line each: the place, what was found, what was expected. Pure. */
import type { z } from "zod";

export interface Problem {
  /** Keys and indices from the root. */
  readonly path: readonly (string | number)[];
  readonly text: string;
}

/** What an operator calls the schema's types. */
const TYPE_TEXTS: Readonly<Record<string, string>> = {
  array: "a list (each entry begins with -)",
  object: "a map",
  boolean: "true or false",
  number: "a number",
  string: "a text",
};

/** Values below these keys are never shown. */
const PRIVATE = new Set(["credential"]);

export function problemsOf(error: z.ZodError, input: unknown, knownKeys: readonly string[]): Problem[] {
  return error.issues.flatMap((issue) => problemsOfIssue(issue, input, knownKeys));
}

function problemsOfIssue(issue: z.core.$ZodIssue, input: unknown, knownKeys: readonly string[]): Problem[] {
  const path = issue.path.filter((part): part is string | number => typeof part !== "symbol");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey(path, key, knownKeys));
  }
  const found = isPrivate(path) ? "" : `found ${describe(valueAt(input, path))}, `;
  return [{ path, text: `${found}expected ${expectation(issue)}` }];
}

/** Below a credential a key that is no plain word is not shown: it may be the secret itself, pasted in the wrong place. */
function unknownKey(path: readonly (string | number)[], key: string, knownKeys: readonly string[]): Problem {
  if (isPrivate(path) && !/^[A-Za-z]+$/.test(key)) return { path, text: "unknown key (not shown: it may be a secret)" };
  if (key === "backfill" && path.at(-1) === "riskyUsers") {
    return { path: [...path, key], text: "riskyUsers has no backfill: the whole table is read" };
  }
  // A key that is known elsewhere is no misspelling of itself.
  const others = knownKeys.filter((known) => known !== key);
  return { path: [...path, key], text: `unknown key${suggestion(key, others)}` };
}

function expectation(issue: z.core.$ZodIssue): string {
  if (!isBuiltIn(issue.message)) return issue.message;
  if (issue.code === "invalid_value") return oneOf(issue.values);
  if (issue.code === "invalid_union" && "options" in issue) return oneOf(issue.options ?? []);
  if (issue.code === "invalid_type") return TYPE_TEXTS[issue.expected] ?? `a value of type ${issue.expected}`;
  if (issue.code === "too_small") return `at least ${issue.minimum}`;
  if (issue.code === "too_big") return `at most ${issue.maximum}`;
  return issue.message;
}

function oneOf(values: readonly unknown[]): string {
  const texts = values.map(String).join(", ");
  return values.length === 1 ? texts : `one of ${texts}`;
}

/** Texts of the schema library begin like this; ours say what is expected. */
function isBuiltIn(message: string): boolean {
  return /^(Invalid|Too)/.test(message);
}

function isPrivate(path: readonly (string | number)[]): boolean {
  return path.some((part) => PRIVATE.has(String(part)));
}

/** `tenants[0].credential.secretFile` */
export function pathText(path: readonly (string | number)[]): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else text += text === "" ? part : `.${part}`;
  }
  return text === "" ? "the file" : text;
}

function valueAt(input: unknown, path: readonly (string | number)[]): unknown {
  let value = input;
  for (const part of path) {
    if (value === null || typeof value !== "object") return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "a map";
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function suggestion(key: string, knownKeys: readonly string[]): string {
  const ranked = knownKeys.map((known) => ({ known, distance: editDistance(key.toLowerCase(), known.toLowerCase()) }));
  const [best] = ranked.toSorted((a, b) => a.distance - b.distance);
  return best && best.distance <= Math.max(1, key.length / 3) ? `, did you mean ${best.known}?` : "";
}

/** Levenshtein distance of two short words. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of a.split("").entries()) {
    const next = [i + 1];
    for (const [j, other] of b.split("").entries()) {
      const substituted = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(substituted, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
