/** Reads properties of Graph records, any of which may be missing, null, blank or of an unexpected type. */
import type { GraphRecord } from "../../core/event.ts";

/** Texts, numbers and booleans as well-formed text; undefined for blank ones and for everything else. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value.trim() === "" ? undefined : value.toWellFormed();
  if (typeof value === "boolean" || Number.isFinite(value)) return String(value);
  return undefined;
}

/** The properties of an object; none for anything else. */
export function objectOf(value: unknown): GraphRecord {
  return isObject(value) ? value : {};
}

/** The texts of a list; none for anything else. */
export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) && value.length > 0 ? value.map(textOf).filter((text) => text !== undefined) : [];
}

/** An integer, also one that is written as text. */
export function integerOf(value: unknown): number | undefined {
  if (typeof value === "string" && /^\s*\d{1,15}\s*$/.test(value)) return Number(value);
  return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined;
}

/** The texts that are there, with `separator` between them; undefined when none is. */
export function joined(texts: readonly (string | undefined)[], separator: string): string | undefined {
  let all: string | undefined;
  for (const text of texts) if (text !== undefined) all = all === undefined ? text : `${all}${separator}${text}`;
  return all;
}

function isObject(value: unknown): value is GraphRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
