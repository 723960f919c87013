/** From a mapping's values to fields that can be written, and from fields to text. */
import type { Extension, Labelled, Value } from "./cef-event.ts";
import { CEF_KEYS, type CefKey, MAX_LENGTHS } from "./dictionary.ts";
import { clean, escape, hardenEquals, truncate } from "./encoder.ts";

/** A value that is clean and short enough, not yet escaped. */
export interface Field {
  readonly value: string;
  readonly label?: string;
}

export type Fields = ReadonlyMap<CefKey, Field>;

/** Fields in wire order; those without a value are left out, for some parsers refuse an empty one. */
export function encodeExtension(extension: Extension, hardEquals: boolean): Fields {
  const fields = new Map<CefKey, Field>();
  for (const key of CEF_KEYS) {
    const { value, ...label } = labelled(extension[key]);
    if (value === undefined) continue;
    const text = clean(String(value));
    const short = truncate(hardEquals ? hardenEquals(text) : text, MAX_LENGTHS[key]);
    if (short !== "") fields.set(key, { value: short, ...label });
  }
  return fields;
}

/** Pairs with one space between them. */
export function extensionText(fields: Fields): string {
  const pairs: string[] = [];
  for (const key of CEF_KEYS) {
    const field = fields.get(key);
    if (field) pairs.push(fieldText(key, field));
  }
  return pairs.join(" ");
}

/** A pair, with the pair of its label behind it. */
export function fieldText(key: CefKey, { value, label }: Field): string {
  const pair = `${key}=${escape(value)}`;
  return label === undefined ? pair : `${pair} ${key}Label=${label}`;
}

function labelled(value: Value | Labelled): Partial<Labelled> {
  return typeof value === "object" ? value : { value };
}
