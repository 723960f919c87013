/** What makes two spellings of the same state equal: Graph writes "nothing" in several ways and promises no order. Pure. */
import type { GraphRecord } from "../core/event.ts";

const MANY_KEYS = 16;

/** Printable ASCII that JSON writes as it is. Most texts are; to write one the usual way takes half as long again (measured). */
const PLAIN = /^[ !#-[\]-~]*$/;

/** By property, what makes its value comparable. It must not throw. */
export type News = Readonly<Record<string, (value: unknown) => unknown>>;

/** Answers a way to write what is news of a record, as `significantJson` would write an object of it. */
export function newsOf(news: News): (record: GraphRecord) => string {
  const fields = Object.keys(news)
    .toSorted()
    .map((key) => ({ key, name: `${quoted(key)}:`, comparable: news[key] ?? asIs }));
  return (record) => {
    let text = "";
    for (const { key, name, comparable } of fields) {
      const json = significantJson(comparable(record[key]));
      if (json !== undefined) text += `${text === "" ? "{" : ","}${name}${json}`;
    }
    return text === "" ? "null" : `${text}}`;
  };
}

/**
 * JSON of a value with sorted keys and without what says nothing: null, "", [], {} and missing are the same, at any
 * depth. Undefined where nothing is left. Written in one go: a revision is hashed for every record that is read.
 */
export function significantJson(value: unknown): string | undefined {
  if (value === null || value === undefined || value === "") return undefined;
  if (Array.isArray(value)) return arrayJson(value);
  if (isObject(value)) return objectJson(value);
  return typeof value === "string" ? quoted(value) : JSON.stringify(value);
}

export function asIs(value: unknown): unknown {
  return value;
}

/** An array as a set: neither order nor repetition counts. Anything else stays as it is. */
export function asSet(value: unknown): unknown {
  if (!Array.isArray(value) || value.length === 0) return value;
  return [...new Set(value.map(itemJson))].toSorted();
}

/** Places count in a list: one that says nothing is kept. */
function itemJson(item: unknown): string {
  return significantJson(item) ?? "null";
}

function arrayJson(items: readonly unknown[]): string | undefined {
  return items.length === 0 ? undefined : `[${items.map(itemJson).join(",")}]`;
}

function objectJson(fields: Readonly<Record<string, unknown>>): string | undefined {
  let text = "";
  for (const key of sortedKeys(fields)) {
    const json = significantJson(fields[key]);
    if (json !== undefined) text += `${text === "" ? "" : ","}${quoted(key)}:${json}`;
  }
  return text === "" ? undefined : `{${text}}`;
}

/** By insertion: most objects have few keys, and to sort them the usual way takes more memory than to write them. */
function sortedKeys(fields: object): readonly string[] {
  const keys = Object.keys(fields);
  if (keys.length > MANY_KEYS) return keys.toSorted();
  for (let index = 1; index < keys.length; index += 1) {
    const key = keys[index] ?? "";
    let at = index;
    for (let before = keys[at - 1] ?? ""; at > 0 && before > key; before = keys[at - 1] ?? "") {
      keys[at] = before;
      at -= 1;
    }
    keys[at] = key;
  }
  return keys;
}

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
