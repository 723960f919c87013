/** What a page costs once it is here: of new records or of known ones, in a small state and in one of many ids. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { IdentifiedRecord } from "../../src/core/event.ts";
import { gunzip } from "../../src/graph/gunzip.ts";
import { readPage } from "../../src/graph/page.ts";
import { RecordFactory } from "../../src/simulator/records.ts";
import { SOURCES } from "../../src/sources/registry.ts";
import { openStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { type Figure, figure } from "./figure.ts";
import { rememberIds } from "./states.ts";

const STREAM = { tenantId: "7c1f4f0e-2b6d-4a51-9f0c-000000000001", source: "signIns" } as const;
const PAGE = 1_000;
const LARGEST_ANSWER = 64e6;
const FEW_IDS = 10_000;

export interface StoreCost {
  readonly pages: number;
  readonly manyIds: number;
}

interface Spent {
  /** Processor seconds of the commits. */
  readonly commit: number;
  readonly wallMs: readonly number[];
}

export async function storeCost({ pages, manyIds }: StoreCost): Promise<Figure[]> {
  const packed = pagesOf(pages);
  const few = await onState(FEW_IDS, async (store) => ({
    fresh: await spend(store, packed),
    known: await spend(store, packed),
  }));
  const many = await onState(manyIds, (store) => spend(store, packed));
  return [
    figure({
      name: "CPU seconds of a page of known records, after it was parsed, against a new page",
      values: [few.known.commit],
      references: [few.fresh.commit],
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
  ];
}

/** Records a second, page by page. */
function ratesOf({ wallMs }: Spent): number[] {
  return wallMs.map((ms) => (PAGE * 1_000) / ms);
}

function pagesOf(count: number): Buffer[] {
  const records = new RecordFactory(11);
  const now = Date.now();
  return Array.from({ length: count }, (_, page) => {
    const value = Array.from({ length: PAGE }, (_item, index) =>
      records.invent("signIns", now - page * 60_000 - index),
    );
    return gzipSync(JSON.stringify({ value }));
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

async function withStore<T>(path: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = openStore(path, Date.now);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function spend(store: Store, packed: readonly Buffer[]): Promise<Spent> {
  let commit = 0;
  const wallMs: number[] = [];
  for (const page of packed) {
    const records = read(page);
    const [cpu, start] = [cpuSeconds(), performance.now()];
    await store.commit(STREAM, records, {});
    wallMs.push(performance.now() - start);
    commit += cpuSeconds() - cpu;
  }
  return { commit, wallMs };
}

function read(page: Buffer): readonly IdentifiedRecord[] {
  const content = readPage(gunzip(page, LARGEST_ANSWER), (record) => SOURCES.signIns.identify(record));
  if (content === undefined) throw new Error("a page cannot be read");
  return content.records;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
