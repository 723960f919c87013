/**
 * The text of most messages: no value of theirs has to be cleaned or escaped, which is found out of all of them at once,
 * and the pieces are joined at one go. Value by value a sign-in takes a quarter longer (measured).
 */
import { arePlain, truncate } from "./encoder.ts";
import type { Values } from "./extension.ts";

/** A header with its fields; undefined where a value has to be cleaned or escaped. */
export function plainText(header: string, { extension, common, rules }: Values): string | undefined {
  const pieces = [header];
  const texts: string[] = [];
  for (const { key, isCommon, maxLength, first, next, label } of rules) {
    const value = (isCommon ? common : extension)[key];
    if (value === undefined) continue;
    const whole = String(value);
    // Numbers need no look; whatever a damaged state holds in their place does.
    if (typeof value !== "number") texts.push(whole);
    pieces.push(`${pieces.length === 1 ? first : next}${truncate(whole, maxLength)}${label}`);
  }
  const text = pieces.join("");
  // One of two lines would look like two of one.
  return arePlain(`${texts.join("\n")}\n`) && !text.includes("\n") ? text : undefined;
}
