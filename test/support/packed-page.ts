/** A page as Graph sends it: packed, and read as the daemon reads it. */
import { gzipSync } from "node:zlib";
import type { GraphRecord, Identity, Records } from "../../src/core/event.ts";
import { readPage } from "../../src/graph/page.ts";

/** `identify` is the source's. */
export function packedPage(records: readonly GraphRecord[], identify: (record: GraphRecord) => Identity): Records {
  const body = Buffer.from(JSON.stringify({ "@odata.context": "https://graph.example/", value: records }));
  const page = readPage({ body, gzip: gzipSync(body) }, { identify, unreadable: () => new Error("no record") });
  if (page === undefined) throw new Error("no page");
  return page.records;
}
