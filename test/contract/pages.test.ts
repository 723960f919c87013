/** Pages in the event log: what came packed is kept packed, and every event has its record whatever becomes of the others. */
import { execFileSync, spawnSync } from "node:child_process";
import { hash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { array, assert, asyncProperty, boolean, constant, integer, nat, oneof, record as recordOf } from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StateError } from "../../src/core/errors.ts";
import type { GraphRecord, Identity, Records } from "../../src/core/event.ts";
import { hinting } from "../../src/sources/hint.ts";
import { openStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { acknowledgement } from "../support/acknowledgement.ts";
import { packedPage } from "../support/packed-page.ts";
import { received } from "../support/received.ts";

const STREAM = { tenantId: "t1", source: "signIns" } as const;
const SHORT_OF_MEMORY = join(import.meta.dirname, "../support/short-of-memory.ts");
const ALL = { before: Number.POSITIVE_INFINITY, forgetAfterMs: new Map() };

let directory: string;
let path: string;
let store: Store;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "pages-"));
  path = join(directory, "state.db");
  store = openStore(path, Date.now);
  await store.openStream(STREAM, 0);
});

async function restart(): Promise<void> {
  await store.close();
  store = openStore(path, Date.now);
}

async function startAnew(): Promise<void> {
  await store.close();
  rmSync(path);
  store = openStore(path, Date.now);
  await store.openStream(STREAM, 0);
}

afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

function identify(record: GraphRecord): Identity {
  return received(record).identity;
}

/** Records of about 400 bytes, packed to a tenth. */
function made(from: number, to: number): GraphRecord[] {
  return Array.from({ length: to - from }, (_, index) => ({ id: `id-${from + index}`, text: "Köln 🦊 ".repeat(30) }));
}

function packed(records: readonly GraphRecord[]): Records {
  return packedPage(records, { identify, hint: hinting() });
}

async function logged(after = 0, limit = 10_000): Promise<unknown[]> {
  return [...(await store.after(after, limit))].map((event) => ("record" in event ? event.record : undefined));
}

function query(sql: string): unknown {
  const db = new Database(path, { readonly: true });
  try {
    return db.prepare(sql).pluck().get();
  } finally {
    db.close();
  }
}

function damage(sql: string): void {
  const db = new Database(path);
  db.exec(sql);
  db.close();
}

const pages = () => query("SELECT count(*) FROM page");
const ownRecords = () => query("SELECT count(*) FROM event WHERE start IS NULL");

describe("a page that came packed", () => {
  it("is kept once, and read as it was, from any place", async () => {
    const records = made(0, 300);
    expect(await store.commit(STREAM, packed(records), {})).toMatchObject({ first: 300 });
    await restart();

    const pieces: unknown[] = [];
    for (let at = 0; at < 300; at += 7) pieces.push(...(await logged(at, 7)));

    expect(pieces).toEqual(records);
    expect([await logged(299), await logged(0, 1)]).toEqual([records.slice(299), records.slice(0, 1)]);
    expect([pages(), ownRecords()]).toEqual([1, 0]);
  });

  it("is not kept for the little in it that is news", async () => {
    await store.commit(STREAM, packed(made(0, 300)), {});
    const late = { id: "late", text: "x" };

    await store.commit(STREAM, packed([...made(0, 200), late, ...made(200, 300)]), {});

    expect([pages(), ownRecords()]).toEqual([1, 1]);
    expect(await logged(300)).toEqual([late]);
  });

  it("is not kept for a little news at its beginning, where a head has it", async () => {
    // Packed to a half only, so that a page is longer than fifty of them.
    const unlike = Array.from({ length: 1_050 }, (_, index) => ({
      id: `id-${index}`,
      text: hash("sha512", `${index}`),
    }));
    await store.commit(STREAM, packed(unlike.slice(50)), {});

    await store.commit(STREAM, packed(unlike.slice(0, 1_000)), {});

    expect([pages(), ownRecords()]).toEqual([1, 50]);
  });

  it("is kept from where on its news is worth it", async () => {
    await store.commit(STREAM, packed(made(0, 128)), {});
    const late = { id: "late", text: "x" };

    await store.commit(STREAM, packed([...made(0, 64), late, ...made(64, 128), ...made(128, 300)]), {});

    expect([pages(), ownRecords()]).toEqual([2, 1]);
    expect(await logged(128)).toEqual([late, ...made(128, 300)]);
  });

  it("leaves nothing behind when it is taken back", async () => {
    const page = packed(made(0, 200));
    const broken: Records = {
      length: page.length,
      gzip: page.gzip!,
      *[Symbol.iterator]() {
        yield* page;
        throw new Error("no record");
      },
    };
    await expect(store.commit(STREAM, broken, {})).rejects.toThrow("no record");
    expect(pages()).toBe(0);

    const others = made(500, 700);
    await store.commit(STREAM, packed(others), {});

    expect(await logged()).toEqual(others);
  });

  it("goes when the last of its events is pruned, and not before", async () => {
    await store.openSink("siem", "start");
    await store.commit(STREAM, packed(made(0, 200)), {});
    await store.commit(STREAM, packed(made(200, 400)), {});

    await store.acknowledge("siem", acknowledgement(0, 199));
    await store.prune({ ...ALL, sinks: ["siem"] });
    expect([await logged(), pages()]).toEqual([made(199, 400), 2]);

    await store.acknowledge("siem", acknowledgement(199, 201));
    await store.prune({ ...ALL, sinks: ["siem"] });
    expect([await logged(), pages()]).toEqual([made(201, 400), 1]);

    await store.acknowledge("siem", acknowledgement(201, 400));
    await store.prune({ ...ALL, sinks: ["siem"] });
    expect([await logged(), pages()]).toEqual([[], 0]);
  });

  it("goes without the record of a dead letter, which stays", async () => {
    await store.openSink("siem", "start");
    await store.openSink("other", "start");
    await store.commit(STREAM, packed(made(0, 200)), {});
    const rejected = [
      { seq: 3, reason: "too large" },
      { seq: 200, reason: "too large" },
    ];

    await store.acknowledge("siem", acknowledgement(0, 200, rejected));
    expect(await logged()).toEqual(made(0, 200));
    await store.acknowledge("other", acknowledgement(0, 200, rejected));
    await store.prune({ ...ALL, sinks: ["siem", "other"] });

    expect([await logged(), pages()]).toEqual([[...made(2, 3), ...made(199, 200)], 0]);
    expect(query("SELECT CAST(json AS TEXT) FROM event WHERE seq = 3")).toBe(JSON.stringify(made(2, 3)[0]));
  });

  it("goes when all that is left of it are dead letters", async () => {
    await store.openSink("siem", "start");
    await store.commit(STREAM, packed(made(0, 200)), {});
    await store.acknowledge("siem", acknowledgement(0, 199));
    await store.prune({ ...ALL, sinks: ["siem"] });
    expect(pages()).toBe(1);

    await store.acknowledge("siem", acknowledgement(199, 200, [{ seq: 200, reason: "too large" }]));

    expect([await logged(), pages()]).toEqual([made(199, 200), 0]);
  });

  it("goes though an event before it stays, which was read when the clock was wrong", async () => {
    let now = 2_000;
    await store.close();
    store = openStore(path, () => now);
    await store.openSink("siem", "start");
    await store.commit(STREAM, packed(made(0, 1)), {});
    now = 1_000;
    await store.commit(STREAM, packed(made(1, 200)), {});
    await store.commit(STREAM, packed(made(200, 400)), {});
    await store.acknowledge("siem", acknowledgement(0, 400));

    await store.prune({ ...ALL, before: 1_500, sinks: ["siem"] });

    expect([await logged(), pages()]).toEqual([made(0, 1), 1]);
  });

  it("is read later where there is no memory to unpack it", async ({ skip }) => {
    if (spawnSync("prlimit", ["--version"]).error !== undefined) skip("needs prlimit");
    const large = Array.from({ length: 60 }, (_, index) => ({ id: `id-${index}`, text: "x".repeat(1_000_000) }));
    await store.commit(STREAM, packed(large), {});
    await store.close();

    const told = execFileSync(process.execPath, [SHORT_OF_MEMORY, path], { encoding: "utf8" });
    store = openStore(path, Date.now);

    expect(JSON.parse(told)).toEqual(["TransientError ERF5004", "1 event"]);
  });

  it("gives a replay its records, whichever of them it rejects", async () => {
    await store.openSink("siem", "start");
    await store.commit(STREAM, packed(made(0, 200)), {});
    await store.acknowledge("siem", acknowledgement(0, 200));
    damage("INSERT INTO replay (sink, cursor, finish, health) VALUES ('siem', 0, 200, '{}')");
    const fates = { delivered: 0, filtered: 0, rejected: 0, missed: 0, resent: 199 };

    await store.acknowledgeReplay(1, {
      expected: 0,
      cursor: 200,
      fates,
      rejected: [{ seq: 7, reason: "too large" }],
    });
    await store.prune({ ...ALL, sinks: ["siem"] });

    expect([await logged(), pages()]).toEqual([made(6, 7), 0]);
  });

  it.each([
    ["is missing", "DELETE FROM page", /the page of event 1 is missing/],
    ["ends too soon", "UPDATE page SET last = 150", /the page of event 151 is missing/],
    ["is no gzip any more", "UPDATE page SET gzip = x'1f8b00'", /the page of event 1 cannot be unpacked/],
    [
      "is shorter than it was",
      "UPDATE event SET start = 1000000 WHERE seq = 9",
      /the record of event 9 is not in its page/,
    ],
  ])("that %s is told as what it is, with the way out", async (_what, sql, told) => {
    await store.commit(STREAM, packed(made(0, 200)), {});
    damage(sql);

    const error = await logged().catch((found: unknown) => found);

    expect(error).toBeInstanceOf(StateError);
    expect(error).toMatchObject({ code: "ERF5001", message: expect.stringMatching(told) });
    expect(error).toMatchObject({ message: expect.stringContaining("Restore a backup") });
  });

  it("gives each event its record, whatever is read, known, rejected and pruned meanwhile", async () => {
    const step = oneof(
      recordOf({
        kind: constant("page"),
        news: integer({ min: 0, max: 150 }),
        known: integer({ min: 0, max: 150 }),
        isPacked: boolean(),
      }),
      recordOf({ kind: constant("acknowledge"), events: nat(200), rejects: array(nat(199)) }),
      recordOf({ kind: constant("prune") }),
      recordOf({ kind: constant("restart") }),
    );
    await assert(
      asyncProperty(array(step, { minLength: 5, maxLength: 12 }), async (steps) => {
        await startAnew();
        await store.openSink("siem", "start");
        const log: GraphRecord[] = [];
        const letters = new Set<number>();
        let cursor = 0;
        for (const taken of steps) {
          if (taken.kind === "page") {
            const news = made(log.length, log.length + taken.news);
            const records = [...log.slice(-taken.known), ...news];
            await store.commit(STREAM, taken.isPacked ? packed(records) : records.map((found) => received(found)), {});
            log.push(...news);
          } else if (taken.kind === "acknowledge") {
            const next = Math.min(cursor + taken.events, log.length);
            const seqs = new Set(taken.rejects.map((place) => cursor + 1 + place).filter((seq) => seq <= next));
            const rejected = [...seqs].map((seq) => ({ seq, reason: "no" }));
            await store.acknowledge("siem", acknowledgement(cursor, next, rejected));
            for (const seq of seqs) letters.add(seq);
            cursor = next;
          } else if (taken.kind === "prune") {
            await store.prune({ ...ALL, sinks: ["siem"] });
            const left = [...(await store.after(0, 10_000))].map(({ seq }) => seq).filter((seq) => seq <= cursor);
            expect(left).toEqual([...letters].toSorted((a, b) => a - b));
          } else {
            await restart();
          }
          for (const event of await store.after(0, 10_000)) {
            expect(event).toMatchObject({ id: `id-${event.seq - 1}`, record: log[event.seq - 1] });
          }
          expect(await logged(cursor)).toEqual(log.slice(cursor));
        }
      }),
      { numRuns: 60 },
    );
  });
});
