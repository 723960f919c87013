/** What makes two spellings of the same state equal: Graph writes "nothing" in several ways and promises no order. Pure. */
import { canonicalJson } from "../core/revision.ts";

/** A value without what says nothing: null, "", [], {} and missing are the same, at any depth. */
export function significant(value: unknown): unknown {
  if (value === null || value === "") return undefined;
  if (typeof value !== "object") return value;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => significant(item) ?? null);
  const fields = Object.entries(value)
    .map(([key, field]) => [key, significant(field)] as const)
    .filter(([, field]) => field !== undefined);
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}

/** An array as a set: neither order nor repetition counts. Anything else stays as it is. */
export function asSet(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return [...new Set(value.map((item) => canonicalJson(significant(item))))].toSorted();
}
