/**
 * The floor: fetches the pages that it is told to and parses them, nothing else. Reads its orders from standard input,
 * one JSON text, and prints what it took.
 */
import { text } from "node:stream/consumers";
import type { Result } from "./subject.ts";

export interface Walk {
  readonly url: string;
  readonly token: string;
}

interface Page {
  readonly value: readonly unknown[];
  readonly "@odata.nextLink"?: string;
}

/** One tenant's pages of one collection. */
async function walk({ url, token }: Walk): Promise<number> {
  let records = 0;
  let next: string | undefined = url;
  while (next !== undefined) {
    const response = await fetch(next, {
      headers: { authorization: `Bearer ${token}`, prefer: "include-unknown-enum-members" },
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    const page: Page = (await response.json()) as Page;
    records += page.value.length;
    next = page["@odata.nextLink"];
  }
  return records;
}

const walks: readonly Walk[] = JSON.parse(await text(process.stdin));
const start = performance.now();
const before = process.cpuUsage();
let records = 0;
for (const one of walks) records += await walk(one);
const { user, system } = process.cpuUsage(before);
const result: Result = { records, cpuSeconds: (user + system) / 1e6, seconds: (performance.now() - start) / 1e3 };
process.stdout.write(JSON.stringify(result));
