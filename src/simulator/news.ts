/**
 * The product's promise about news, stated once more and in another way than the product does it: whether a change of a
 * record must reach a SIEM as a new revision. Pure.
 */
import { isDeepStrictEqual } from "node:util";
import type { GraphRecord } from "../core/event.ts";
import { parseGraphTime } from "../core/time.ts";
import type { CollectionFacts } from "./catalogue.ts";

/**
 * A change is news when it touches a watched property. Where the change time does not move, and for sign-ins, which
 * have none, going back to an earlier state is not: it cannot be told from a replica that answers with the past. A
 * change time that goes back tells the past. Change times are told apart by the millisecond.
 */
export function isNews(facts: CollectionFacts, earlier: readonly GraphRecord[], next: GraphRecord): boolean {
  const latest = earlier.at(-1);
  if (latest === undefined) return true;
  const state = stateOf(facts, next);
  if (isDeepStrictEqual(stateOf(facts, latest), state)) return false;
  const movedBy = movement(facts, latest, next);
  if (movedBy !== 0) return movedBy > 0;
  return !earlier.some((version) => isDeepStrictEqual(stateOf(facts, version), state));
}

/** Milliseconds by which the change time moved on; 0 where the collection has none or it cannot be read. */
function movement({ changeProperty }: CollectionFacts, latest: GraphRecord, next: GraphRecord): number {
  if (changeProperty === undefined) return 0;
  const before = parseGraphTime(latest[changeProperty]);
  const after = parseGraphTime(next[changeProperty]);
  return before === undefined || after === undefined ? 0 : after - before;
}

/** Graph writes nothing as null, "", [], {} or not at all; going from one to another says nothing. */
function stateOf({ newsProperties }: CollectionFacts, record: GraphRecord): readonly unknown[] {
  return newsProperties.map((property) => (isNothing(record[property]) ? undefined : record[property]));
}

function isNothing(value: unknown): boolean {
  if (value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
