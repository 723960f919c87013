/** From a mapping's values to fields that can be written, and from fields to text. */
import type { Extension, Value } from "./cef-event.ts";
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
  return rules
    .map((rule) => {
      const given = (rule.isCommon ? common : extension)[rule.key];
      return { rule, value: encodeValue(given, rule.maxLength, hardEquals) };
    })
    .filter(({ value }) => value !== "");
}

/** A header with its fields, one space between two. */
export function messageText(header: string, fields: readonly Field[]): string {
  let text = header;
  for (const [index, { rule, value }] of fields.entries()) {
    text += `${index === 0 ? rule.first : rule.next}${escape(value)}${rule.label}`;
  }
  return text;
}

function encodeValue(value: Value, maxLength: number, hardEquals: boolean): string {
  if (value === undefined) return "";
  const text = clean(String(value));
  return truncate(hardEquals ? hardenEquals(text) : text, maxLength);
}
