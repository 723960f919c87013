/** Dedupe by the very bytes of a record: it must decide as it does by the record's state, only without parsing it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { GraphRecord, Hint, Identity, Records } from "../../src/core/event.ts";
import { readPage } from "../../src/graph/page.ts";
import { hinting } from "../../src/sources/hint.ts";
import { openStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";

const STREAM = { tenantId: "t1", source: "signIns" } as const;

let directory: string;
let store: Store;
let parsed: number;

async function opened(name: string): Promise<Store> {
  const found = openStore(join(directory, name), Date.now);
  await found.openStream(STREAM, 0);
  return found;
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "known-bytes-"));
  store = await opened("state.db");
  parsed = 0;
});

afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

function identify(record: GraphRecord): Identity {
  parsed += 1;
  const { id, created, state, changed } = record;
  return {
    id: String(id),
    revision: `state ${Number(state)}`,
    risk: { level: undefined, type: undefined },
    ...(typeof created === "string" ? { time: Date.parse(created), created: Date.parse(created) } : {}),
    ...(typeof changed === "number" ? { changed } : {}),
  };
}

const byId = hinting();
const byIdAndTime = hinting("created");

/** A page of these JSON texts. */
function page(texts: readonly string[], hint: (json: Buffer) => Hint | undefined): Records {
  const body = Buffer.from(`{"value":[${texts.join(",")}]}`);
  const found = readPage({ body }, { identify, hint, unreadable: () => new Error("no record") });
  if (found === undefined) throw new Error("no page");
  return found.records;
}

function withPolicies(texts: readonly string[], policies: string): string[] {
  return texts.map((text) => text.replace(/\}$/, `,"appliedConditionalAccessPolicies":[${policies}]}`));
}

async function eventsOf(of: Store): Promise<object[]> {
  return [...(await of.after(0, 1_000))].map((event) => ({ ...event, received: 0 }));
}

describe("a record whose very bytes are known", () => {
  const texts = Array.from(
    { length: 200 },
    (_, index) => `{"id":"${index}","created":"2026-10-14T12:00:00Z","state":${index % 3}}`,
  );

  it.each([
    ["by its id", byId],
    ["by its id and time", byIdAndTime],
  ])("is known without being parsed, %s", async (_how, hint) => {
    const strip = (text: string) => (hint === byId ? text.replace(/"created":"[^"]*",/, "") : text);
    const made = texts.map(strip);
    expect(await store.commit(STREAM, page(made, hint), {})).toMatchObject({ first: 200 });
    await store.close();
    store = await opened("state.db");
    parsed = 0;

    expect(await store.commit(STREAM, page([...made, ...made], hint), {})).toMatchObject({ first: 0, known: 400 });
    expect(parsed).toBe(0);
  });

  it("is news when a single byte of its state is not", async () => {
    await store.commit(STREAM, page(texts, byIdAndTime), {});
    parsed = 0;

    const revised = texts.with(7, texts[7]!.replace(/\d\}$/, "9}"));
    expect(await store.commit(STREAM, page(revised, byIdAndTime), {})).toMatchObject({ revised: 1, known: 199 });
    expect(parsed).toBe(1);
  });

  it("is known by its state where its bytes differ otherwise", async () => {
    await store.commit(STREAM, page(texts, byIdAndTime), {});

    const spaced = texts.map((text) => text.replace(/\}$/, " }"));
    expect(await store.commit(STREAM, page(spaced, byIdAndTime), {})).toMatchObject({ revised: 0, known: 200 });
  });

  it("is known without being parsed though the policies that were applied are others", async () => {
    await store.commit(STREAM, page(withPolicies(texts, ""), byIdAndTime), {});
    parsed = 0;

    const read = page(withPolicies(texts, '{"id":"p"}'), byIdAndTime);
    expect(await store.commit(STREAM, read, {})).toMatchObject({ revised: 0, known: 200 });
    expect(parsed).toBe(0);
  });

  it("is looked into all the same where an operator asked", async () => {
    await store.commit(STREAM, page(texts, byIdAndTime), { mark: 100 });
    const { state } = await store.commit(STREAM, [], { opened: [{ reason: "audit", from: 0, to: 90 }] });
    parsed = 0;

    await store.commit(STREAM, page(texts, byIdAndTime), {}, state.rereads[0]);
    expect(parsed).toBe(200);
  });

  it("is no reason to take another record for known that begins as it does", async () => {
    const one = '{"id":"a","created":"2026-10-14T12:00:00Z","state":1}';
    const other = '{"id":"a","created":"2026-10-14T12:00:00Z","state":1,"id":"b"}';
    await store.commit(STREAM, page([one], byIdAndTime), {});

    expect(await store.commit(STREAM, page([other, one, other], byIdAndTime), {})).toMatchObject({
      first: 1,
      known: 2,
    });
  });

  it("is decided on as it is by its state, whatever comes in whatever order", async () => {
    const text = fc
      .record({
        id: fc.constantFrom("a", "b", "c", "half\\ud800", ""),
        created: fc.constantFrom("2026-10-14T12:00:00Z", "2026-10-14T12:00:01Z", "2026-10-15T00:00:00Z"),
        state: fc.integer({ min: 0, max: 2 }),
        changed: fc.constantFrom("null", "1", "2", "3"),
        end: fc.constantFrom("", " ", ',"id":"a"', ',"state":1'),
      })
      .map(
        ({ id, created, state, changed, end }) =>
          `{"id":"${id}","created":"${created}","state":${state},"changed":${changed}${end}}`,
      );
    const pages = fc.array(fc.array(text, { maxLength: 12 }), { minLength: 2, maxLength: 8 });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(pages, fc.constantFrom(byId, byIdAndTime), async (made, hint) => {
        run += 1;
        const [quick, thorough] = [await opened(`quick-${run}`), await opened(`thorough-${run}`)];
        for (const read of made) {
          const { state: _state, ...committed } = await quick.commit(STREAM, page(read, hint), {});
          expect(
            await thorough.commit(
              STREAM,
              page(read, () => undefined),
              {},
            ),
          ).toMatchObject(committed);
        }
        expect(await eventsOf(quick)).toEqual(await eventsOf(thorough));
        await quick.close();
        await thorough.close();
      }),
      { numRuns: 150 },
    );
  });
});
