/** Records as Graph would have sent them. */
import type { GraphRecord, ReceivedRecord } from "../../src/core/event.ts";

export function received(record: GraphRecord): ReceivedRecord {
  return { record, json: Buffer.from(JSON.stringify(record)) };
}
