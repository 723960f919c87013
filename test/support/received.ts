/** Records as Graph would have sent them. */
import type { GraphRecord, IdentifiedRecord, Identity } from "../../src/core/event.ts";

const NO_RISK = { level: undefined, type: undefined };

/** A record and what its source would say about it; the id is the record's, and the state never changes. */
export function received(record: GraphRecord, identity: Partial<Identity> = {}): IdentifiedRecord {
  const json = Buffer.from(JSON.stringify(record));
  return {
    json,
    start: 0,
    bare: json,
    record,
    identity: { id: String(record["id"]), revision: "r", risk: NO_RISK, ...identity },
  };
}
