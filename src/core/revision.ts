/**
 * Revision hashes: the same state of a record gives the same hash whatever the order of its keys, because Graph
 * changes the order of fields between two reads of one record.
 */
import { hash } from "node:crypto";

/** 128-bit hash of a text or of bytes, as 32 hex characters. */
export function hashOfText(text: string | Uint8Array): string {
  return hash("sha256", text).slice(0, 32);
}

/** 128-bit hash of a value's canonical JSON, as 32 hex characters. */
export function hashOf(value: unknown): string {
  return hashOfText(canonicalJson(value));
}

/** JSON with sorted keys; undefined and missing values are both left out. */
function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  return Array.isArray(value) ? canonicalArray(value) : canonicalObject(value);
}

function canonicalArray(items: readonly unknown[]): string {
  return `[${items.map(canonicalJson).join(",")}]`;
}

function canonicalObject(fields: object): string {
  let text = "";
  for (const [key, field] of Object.entries(fields).toSorted(byKey)) {
    if (field === undefined) continue;
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${canonicalJson(field)}`;
  }
  return `{${text}}`;
}

/** Entries of an object in the order of their keys. */
function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
