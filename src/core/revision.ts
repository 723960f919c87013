/**
 * Revision hashes: the same state of a record gives the same hash whatever the order of its keys, because Graph
 * changes the order of fields between two reads of one record.
 */
import { createHash } from "node:crypto";

/** JSON with sorted keys; undefined and missing values are both left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
  return `{${entries.join(",")}}`;
}

/** 128-bit hash of a value's canonical JSON, as 32 hex characters. */
export function hashOf(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex").slice(0, 32);
}
