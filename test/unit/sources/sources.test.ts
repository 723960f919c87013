import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type GraphRecord, SOURCE_NAMES } from "../../../src/core/event.ts";
import type { CollectionRequest, GraphClient, Page } from "../../../src/graph/graph-client.ts";
import { SOURCES } from "../../../src/sources/registry.ts";
import type { Source, Window } from "../../../src/sources/source.ts";

const never = new AbortController().signal;

/** What a source asks of Graph for a window. */
async function asked(source: Source, window: Window): Promise<CollectionRequest> {
  const requests: CollectionRequest[] = [];
  const graph: GraphClient = {
    connect: () => Promise.resolve(0),
    now: () => 0,
    expectHead: () => {},
    async *pages(request): AsyncGenerator<Page> {
      requests.push(request);
      yield { records: [], serverTime: 0, isLast: true };
    },
  };
  for await (const page of source.pages(window, graph, never)) expect(page.isLast).toBe(true);
  const [request] = requests;
  if (request === undefined || requests.length > 1) throw new Error("one request expected");
  return request;
}

const from = Date.parse("2026-10-14T06:00:00Z");
const to = Date.parse("2026-10-14T07:00:00.123Z");

const filter = async (source: Source, window: Partial<Window>) =>
  (await asked(source, { priority: "head", ...window })).query["$filter"];

const revision = (source: Source, record: GraphRecord) => source.identify(record).revision;

const isTime = (value: unknown) => value === undefined || Number.isInteger(value);

/** The same JSON with its keys in reverse, at every depth. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, field]) => [key, reversed(field)])
      .toReversed(),
  );
}

const NEWS: Readonly<Record<keyof typeof SOURCES, readonly string[]>> = {
  signIns: [
    "riskDetail",
    "riskLevelAggregated",
    "riskLevelDuringSignIn",
    "riskState",
    "riskEventTypes",
    "riskEventTypes_v2",
    "status",
    "conditionalAccessStatus",
  ],
  riskDetections: [
    "riskEventType",
    "riskState",
    "riskLevel",
    "riskDetail",
    "additionalInfo",
    "ipAddress",
    "location",
    "source",
    "userPrincipalName",
    "userDisplayName",
  ],
  riskyUsers: ["riskState", "riskLevel", "riskDetail", "isDeleted", "riskLastUpdatedDateTime"],
};

describe.each(SOURCE_NAMES)("source %s", (name) => {
  const source = SOURCES[name];
  const fields = fc.dictionary(
    fc.constantFrom(...NEWS[name], "id", "createdDateTime", "lastUpdatedDateTime", "somethingNew"),
    fc.jsonValue(),
  );

  it("identifies whatever JSON a record may be", () => {
    fc.assert(
      fc.property(fields, (record) => {
        const { id, revision: hash, time, changed } = source.identify(record);
        return id.length > 0 && /^[0-9a-f]{32}$/.test(hash) && isTime(time) && isTime(changed);
      }),
    );
  });

  it("gives the same revision whatever the order of keys", () => {
    fc.assert(
      fc.property(fields, (record) => {
        const other = Object.fromEntries(
          Object.entries(record)
            .map(([key, field]) => [key, reversed(field)])
            .toReversed(),
        );
        return revision(source, record) === revision(source, other);
      }),
    );
  });

  it.each(NEWS[name])("takes null, the empty text and missing as the same %s, and any other value as news", (field) => {
    const without = revision(source, { id: "1" });

    expect(revision(source, { id: "1", [field]: null })).toBe(without);
    expect(revision(source, { id: "1", [field]: "" })).toBe(without);
    expect(revision(source, { id: "1", [field]: "2026-10-14T07:00:00Z" })).not.toBe(without);
  });

  it("takes a change elsewhere as no news", () => {
    expect(revision(source, { id: "1", somethingNew: 1, isProcessing: true })).toBe(revision(source, { id: "2" }));
  });

  it("identifies a record without id by all it has", () => {
    const one = source.identify({ userId: "a", id: "" }).id;
    const two = source.identify({ userId: "b", id: "" }).id;

    expect(one).toMatch(/^sha256-[0-9a-f]{32}$/);
    expect(one).not.toBe(two);
    expect(source.identify({ id: "abc" }).id).toBe("abc");
    expect(source.identify({ id: 7 }).id).toMatch(/^sha256-/);
  });

  it("asks for pages of the size it is told, at most its own", async () => {
    const top = async (window: Partial<Window>) =>
      (await asked(source, { priority: "sweep", ...window })).query["$top"];

    expect(await top({})).toBe(String(source.maxPageSize));
    expect(await top({ top: 7 })).toBe("7");
    expect(await top({ top: 5_000 })).toBe(String(source.maxPageSize));
  });

  it("asks for a window with both ends included, and for no window at all", async () => {
    const property = {
      signIns: "createdDateTime",
      riskDetections: "lastUpdatedDateTime",
      riskyUsers: "riskLastUpdatedDateTime",
    }[name];

    expect(await filter(source, { from })).toBe(`${property} ge 2026-10-14T06:00:00.000Z`);
    expect(await filter(source, { from, to })).toBe(
      `${property} ge 2026-10-14T06:00:00.000Z and ${property} le 2026-10-14T07:00:00.123Z`,
    );
    expect(await filter(source, {})).toBeUndefined();
  });

  it("asks on its own budget, with the window's priority", async () => {
    const { source: asking, budget, permission, priority } = await asked(source, { priority: "reread" });

    expect({ asking, budget, permission, priority }).toEqual({
      asking: name,
      budget: source.budget,
      permission: source.permission,
      priority: "reread",
    });
  });
});

const types = (value: unknown) => revision(SOURCES.signIns, { id: "1", riskEventTypes_v2: value });

const updatedAt = (text: string) => revision(SOURCES.riskyUsers, { id: "1", riskLastUpdatedDateTime: text });

describe("signIns", () => {
  const source = SOURCES.signIns;

  it("takes risk event types as a set, none as missing", () => {
    expect(types(["b", "a"])).toBe(types(["a", "b"]));
    expect(types(["a", "a"])).toBe(types(["a"]));
    expect(types([])).toBe(types(null));
    expect(types([])).toBe(types(undefined));
    expect(types(["a"])).not.toBe(types(["b"]));
  });

  it("has a time and no time of change", () => {
    expect(source.identify({ id: "1", createdDateTime: "2026-10-14T06:53:24.0042317Z" })).toMatchObject({
      time: Date.parse("2026-10-14T06:53:24.004Z"),
    });
    expect(source.identify({ id: "1", lastUpdatedDateTime: "2026-10-14T06:53:24Z" }).changed).toBeUndefined();
  });

  it("is looked for in the second in which it was made, with or without a fraction", () => {
    const second = { created: Date.parse("2026-10-14T06:53:24.000Z") };

    expect(source.identify({ id: "1", createdDateTime: "2026-10-14T06:53:24.0042317Z" })).toMatchObject(second);
    expect(source.identify({ id: "1", createdDateTime: "2026-10-14T06:53:24Z" })).toMatchObject(second);
    expect(source.identify({ id: "1", createdDateTime: "yesterday" }).created).toBeUndefined();
    expect(
      SOURCES.riskDetections.identify({ id: "1", lastUpdatedDateTime: "2026-10-14T06:53:24Z" }).created,
    ).toBeUndefined();
  });
});

describe("riskDetections", () => {
  const source = SOURCES.riskDetections;
  const info = (text: string | null) => revision(source, { id: "1", additionalInfo: text });

  it("compares additionalInfo by its content", () => {
    expect(info('[{"Key":"a","Value":["x"]},{"Key":"b","Value":null}]')).toBe(
      info('[ {"Value":null,"Key":"b"}, {"Value":["x"],"Key":"a"} ]'),
    );
    expect(info('[{"Key":"a","Value":"x"}]')).not.toBe(info('[{"Key":"a","Value":"y"}]'));
    for (const nothing of ["", "[]", "{}", "null"]) expect(info(nothing)).toBe(info(null));
  });

  it.each(["not json", '[{"Key":"userAgent"}]', `${"[".repeat(50_000)}${"]".repeat(50_000)}`])(
    "survives additionalInfo of any kind",
    (text) => {
      expect(info(text)).not.toBe(info(null));
    },
  );

  it("compares a long text that is no list by its content", () => {
    expect(info(`${" ".repeat(2_000)}null`)).toBe(info(null));
    expect(info(`"${"\\u0041".repeat(500)}"`)).toBe(info(`"${"A".repeat(500)}"`));
  });

  it("compares what is nested deeply in the same way however much stack is left", () => {
    const text = `${"[".repeat(3_000)}7${"]".repeat(3_000)}`;
    const behind = (frames: number): string => (frames === 0 ? info(text) : behind(frames - 1));

    expect(behind(3_000)).toBe(info(text));
  });

  it("has one property as its time and its time of change", () => {
    const time = Date.parse("2026-10-14T07:07:16.894Z");

    expect(source.identify({ id: "1", lastUpdatedDateTime: "2026-10-14T07:07:16.894689Z" })).toMatchObject({
      time,
      changed: time,
    });
    expect(source.identify({ id: "1", lastUpdatedDateTime: "yesterday" }).time).toBeUndefined();
  });
});

describe("riskyUsers", () => {
  it("takes another time of change as news, another spelling of it not", () => {
    expect(updatedAt("2026-10-14T07:08:20Z")).toBe(updatedAt("2026-10-14T07:08:20.000+00:00"));
    expect(updatedAt("2026-10-14T07:08:20Z")).not.toBe(updatedAt("2026-10-14T07:08:21Z"));
  });
});
