/**
 * What a page costs once it is parsed: held against what is known, and where it is new, identified, packed for one sink and
 * committed with full durability. Of new records or of known ones, in a small state and in one of many ids. Sign-ins
 * only: the keys of records whose time may change lie in random order still.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Follower, Records } from "../../src/core/event.ts";
import { type Packed, type ParcelParts, pack } from "../../src/deliver/parcel.ts";
import { cefFormat } from "../../src/formats/cef/cef-format.ts";
import { readPage } from "../../src/graph/page.ts";
import { RecordFactory } from "../../src/simulator/records.ts";
import { SOURCES } from "../../src/sources/registry.ts";
import { openStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { type Figure, figure, percentile } from "./figure.ts";
import { rememberIds } from "./states.ts";

const STREAM = { tenantId: "7c1f4f0e-2b6d-4a51-9f0c-000000000001", source: "signIns" } as const;
/** As the shipped configuration packs. */
const PACKING: ParcelParts = {
  feed: { fateOf: () => "sent" },
  format: cefFormat({ version: "1.0.0", hostname: "host-1", hardEquals: false, spaceAfterHeader: false }),
  sink: { maxTextBytes: 8_000 },
};
const PAGE = 1_000;
const WARM_UP_PAGES = 20;
const FEW_IDS = 10_000;

export interface StoreCost {
  readonly pages: number;
  readonly manyIds: number;
}

interface Spent {
  readonly cpuSeconds: number;
  readonly wallMs: readonly number[];
}

/** A page as it comes: parsed, so many would be a heap to collect that no daemon has. */
interface Page {
  readonly body: Buffer;
  readonly gzip: Buffer;
}

/** What a page's records must turn out to be. */
type Expected = "first" | "known";

export async function storeCost({ pages, manyIds }: StoreCost): Promise<Figure[]> {
  const made = pagesOf(pages);
  // What runs first runs before its code is compiled.
  await onState(FEW_IDS, (store) => spend(store, pagesOf(WARM_UP_PAGES), "first"));
  const few = await onState(FEW_IDS, async (store) => ({
    fresh: await spend(store, made, "first"),
    known: await spend(store, made, "known"),
  }));
  const many = await onState(manyIds, (store) => spend(store, made, "first"));
  return [
    figure({
      name: "CPU seconds of a page of known records, after it was parsed, against a new page",
      values: [few.known.cpuSeconds],
      references: [few.fresh.cpuSeconds],
      gate: { atMost: 0.2 },
      goal: { atMost: 0.1 },
    }),
    figure({
      name: `records a second into a state of ${manyIds} ids, page by page, against ${FEW_IDS}`,
      values: ratesOf(many),
      references: ratesOf(few.fresh),
      gate: { atLeast: 0.7 },
      goal: { atLeast: 0.9 },
    }),
    figure({
      name: "p99 of the milliseconds that such a page takes, against the same",
      values: [percentile(many.wallMs, 0.99)],
      references: [percentile(few.fresh.wallMs, 0.99)],
    }),
  ];
}

/** Records a second, page by page. */
function ratesOf({ wallMs }: Spent): number[] {
  return wallMs.map((ms) => (PAGE * 1_000) / ms);
}

function pagesOf(count: number): Page[] {
  const records = new RecordFactory(11);
  const now = Date.now();
  return Array.from({ length: count }, (_, page) => {
    const value = Array.from({ length: PAGE }, (_item, index) =>
      records.invent("signIns", now - page * 60_000 - index),
    );
    const body = Buffer.from(JSON.stringify({ value }));
    return { body, gzip: gzipSync(body) };
  });
}

async function onState<T>(ids: number, work: (store: Store) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "bench-store-"));
  const path = join(directory, "state.db");
  try {
    await withStore(path, (store) => store.openStream(STREAM, 0));
    rememberIds(path, ids, Date.now());
    return await withStore(path, work);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Packs what a transaction appends, as a pump does. */
function packing(): Follower {
  const packed: Packed[] = [];
  return { appended: (event) => packed.push(pack(event, PACKING)), committed: () => {} };
}

async function withStore<T>(path: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = openStore(path, Date.now, { onAppending: packing });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Throws when the records are not what they must be. */
async function spend(store: Store, made: readonly Page[], expected: Expected): Promise<Spent> {
  const wallMs: number[] = [];
  let spent = 0;
  for (const page of made) {
    const records = parsed(page);
    const before = cpuSeconds();
    const start = performance.now();
    const committed = await store.commit(STREAM, records, {});
    wallMs.push(performance.now() - start);
    spent += cpuSeconds() - before;
    if (committed[expected] !== PAGE) throw new Error(`${committed[expected]} of ${PAGE} records are ${expected}`);
  }
  return { cpuSeconds: spent, wallMs };
}

/** Its records, parsed beforehand, so that what this costs is not counted. */
function parsed(page: Page): Records {
  const found = readPage(page, {
    identify: (record) => SOURCES.signIns.identify(record),
    hint: (json) => SOURCES.signIns.hint(json),
    unreadable: noRecord,
  });
  if (found === undefined) throw new Error("no page");
  const records = [...found.records];
  for (const { record } of records) if (record["id"] === undefined) throw new Error("a record has no id");
  return Object.assign(records, { gzip: page.gzip });
}

function noRecord(): Error {
  return new Error("no record");
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
