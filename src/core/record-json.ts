/**
 * From a record's bytes to its properties. The policies that were applied to a sign-in are left out: they are half of
 * it, a dash in the name of one makes every text of the record two bytes a character, and neither a revision nor a
 * format looks at them. The event log keeps them with the rest of the bytes.
 */
import type { GraphRecord } from "./event.ts";
import { BACKSLASH, endOfBrackets } from "./json-bytes.ts";

/**
 * A quote in a text is escaped, so that these bytes can only be a key. Written in another way, with spaces for instance,
 * the policies are parsed like everything else.
 */
const POLICIES = Buffer.from('"appliedConditionalAccessPolicies":[');

/** Whether Graph named a record; one without an id is told from others by all that is in it. */
export function hasId(record: GraphRecord): record is GraphRecord & { readonly id: string } {
  const { id } = record;
  return typeof id === "string" && id !== "";
}

/** JSON in UTF-8 of one object. Throws SyntaxError. */
export function parseRecord(json: Buffer): GraphRecord {
  const start = json.indexOf(POLICIES);
  if (start === -1 || json[start - 1] === BACKSLASH) return JSON.parse(json.toString());
  const inside = start + POLICIES.length;
  const end = endOfBrackets(json, inside - 1, Number.POSITIVE_INFINITY);
  if (end === undefined) throw new SyntaxError("a list does not end");
  const record: GraphRecord = JSON.parse(`${json.toString("utf8", 0, inside)}${json.toString("utf8", end - 1)}`);
  return hasId(record) ? record : JSON.parse(json.toString());
}
