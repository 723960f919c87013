/** From a mapping's values to fields that can be written, and from fields to text. */
import type { Extension } from "./cef-event.ts";
import type { CefRule } from "./dictionary.ts";
import { clean, escape, hardenEquals, truncate } from "./encoder.ts";

/** What is to be written. One object made of both parts would cost as much as the mapping (measured). */
export interface Values {
  /** What a mapping makes of an event. */
  readonly extension: Extension;
  /** The keys that every message carries. */
  readonly common: Extension;
  readonly rules: readonly CefRule[];
}

/** A value that is clean and short enough, not yet escaped. */
export interface Field {
  readonly rule: CefRule;
  readonly value: string;
}

/** Fields in wire order; those without a value are left out, for some parsers refuse an empty one. */
export function encodeExtension({ extension, common, rules }: Values, hardEquals: boolean): readonly Field[] {
  const fields: Field[] = [];
  for (const rule of rules) {
    const given = (rule.isCommon ? common : extension)[rule.key];
    if (given === undefined) continue;
    const value = encodeValue(given, rule.maxLength, hardEquals);
    if (value !== "") fields.push({ rule, value });
  }
  return fields;
}

/** A header with its fields, one space between two. */
export function messageText(header: string, fields: readonly Field[]): string {
  const pieces = [header];
  for (const { rule, value } of fields) {
    pieces.push(`${pieces.length === 1 ? rule.first : rule.next}${escape(value)}${rule.label}`);
  }
  return pieces.join("");
}

function encodeValue(value: string | number, maxLength: number, hardEquals: boolean): string {
  if (typeof value === "number") return truncate(String(value), maxLength);
  const text = clean(value);
  return truncate(hardEquals ? hardenEquals(text) : text, maxLength);
}
