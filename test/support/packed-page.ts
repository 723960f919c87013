/** A page as Graph sends it: packed, and read as the daemon reads it. */
import { gzipSync } from "node:zlib";
import type { GraphRecord, Records } from "../../src/core/event.ts";
import { readPage } from "../../src/graph/page.ts";
import type { Source } from "../../src/sources/source.ts";

/** `identify` is the source's, and `hint` too. */
export function packedPage(
  records: readonly GraphRecord[],
  { identify, hint }: Pick<Source, "identify" | "hint">,
): Records {
  const body = Buffer.from(JSON.stringify({ "@odata.context": "https://graph.example/", value: records }));
  const page = readPage({ body, gzip: gzipSync(body) }, { identify, hint, unreadable: () => new Error("no record") });
  if (page === undefined) throw new Error("no page");
  return page.records;
}
