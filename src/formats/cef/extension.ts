/** From a mapping's values to fields that can be written, and from fields to text. */
import type { Extension, Value } from "./cef-event.ts";
import { CEF_KEYS, type CefKey, MAX_LENGTHS } from "./dictionary.ts";
import { clean, escape, hardenEquals, truncate } from "./encoder.ts";

/** A value that is clean and short enough, not yet escaped. */
export interface Field {
  readonly key: CefKey;
  readonly value: string;
  readonly label?: string | undefined;
}

/**
 * Fields in wire order; those without a value are left out, for some parsers refuse an empty one. `common` has what the
 * mapping does not: one object made of both would cost as much as the mapping (measured).
 */
export function encodeExtension(extension: Extension, common: Extension, hardEquals: boolean): readonly Field[] {
  const fields: Field[] = [];
  for (const key of CEF_KEYS) {
    const given = extension[key] ?? common[key];
    if (given === undefined) continue;
    const isLabelled = typeof given === "object";
    const value = encodeValue(key, isLabelled ? given.value : given, hardEquals);
    if (value !== "") fields.push(isLabelled ? { key, value, label: given.label } : { key, value });
  }
  return fields;
}

/** Pairs with one space between them. */
export function extensionText(fields: readonly Field[]): string {
  return fields.map(fieldText).join(" ");
}

/** A pair, with the pair of its label behind it. */
export function fieldText({ key, value, label }: Field): string {
  const pair = `${key}=${escape(value)}`;
  return label === undefined ? pair : `${pair} ${key}Label=${label}`;
}

function encodeValue(key: CefKey, value: Value, hardEquals: boolean): string {
  if (value === undefined) return "";
  const text = typeof value === "number" ? String(value) : clean(value);
  return truncate(hardEquals ? hardenEquals(text) : text, MAX_LENGTHS[key]);
}
