/**
 * From a record's bytes to its properties. The policies that were applied to a sign-in are left out: they are half of
 * it, a dash in the name of one makes every text of the record two bytes a character, and neither a revision nor a
 * format looks at them. The event log keeps them with the rest of the bytes.
 */
import type { GraphRecord } from "./event.ts";
import { endOfBrackets, isAt, jsonBytes, MARKS } from "./json-bytes.ts";

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

/** The brackets of the list of policies. */
export interface Policies {
  readonly open: number;
  readonly close: number;
}

/** Whether the bracket at a place opens the list of policies. */
export function opensPolicies(json: Uint8Array, bracket: number): boolean {
  return isAt(json, bracket + 1 - POLICIES.length, POLICIES);
}

/** A record's JSON with an empty list of policies; null: it is known to have none. Throws SyntaxError. */
export function bareJson(json: Buffer, policies: Policies | null = policiesIn(json)): Buffer {
  if (policies === null) return json;
  const { open, close } = policies;
  const bare = Buffer.allocUnsafe(open + 1 + json.length - close);
  json.copy(bare, json.copy(bare, 0, 0, open + 1), close);
  return bare;
}

/** JSON in UTF-8 of one object. Throws SyntaxError. */
export function parseRecord(json: Buffer, bare: Buffer = bareJson(json)): GraphRecord {
  const record: GraphRecord = JSON.parse(bare.toString());
  return bare === json || hasId(record) ? record : JSON.parse(json.toString());
}

function policiesIn(json: Buffer): Policies | null {
  const start = json.indexOf(POLICIES);
  if (start === -1 || json[start - 1] === MARKS.backslash) return null;
  const open = start + POLICIES.length - 1;
  const end = endOfBrackets(jsonBytes(json), open, Number.POSITIVE_INFINITY);
  if (end === undefined) throw new SyntaxError("a list does not end");
  return { open, close: end - 1 };
}
