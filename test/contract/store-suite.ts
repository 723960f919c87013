/** What every store must do. Runs on real files; a second implementation must pass it unchanged. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type IdentifiedRecord,
  isNotice,
  type LoggedEvent,
  type RecordEvent,
  type StreamId,
} from "../../src/core/event.ts";
import type { Announcement, Notice } from "../../src/core/notice.ts";
import { type Books, MAX_DEAD_LETTERS, type Store } from "../../src/store/store.ts";
import { acknowledgement } from "../support/acknowledgement.ts";
import { received } from "../support/received.ts";

export interface StoreUnderTest {
  /** Opens the same store again and again, as a restarted process would. */
  readonly open: () => Store;
  /** Fails when the store is damaged. */
  readonly verify: () => void;
}

const signIns: StreamId = { tenantId: "t1", source: "signIns" };
const detections: StreamId = { tenantId: "t1", source: "riskDetections" };

function record(
  id: string,
  revision: string,
  parts: { changed?: number; time?: number; created?: number } = {},
): IdentifiedRecord {
  return received({ id, revision }, { revision, ...parts });
}

function announcement(sink: string, notice: Notice): Announcement {
  return { sink, id: `${sink} ${notice.kind}`, time: 7, notice };
}

function sumOf(books: Books | undefined): number {
  const { delivered = 0, filtered = 0, rejected = 0, missed = 0, pending = 0 } = books ?? {};
  return delivered + filtered + rejected + missed + pending;
}

export function describeStore(name: string, create: () => StoreUnderTest): void {
  describe(name, () => {
    let under: StoreUnderTest;
    let store: Store;

    beforeEach(async () => {
      under = create();
      store = under.open();
      await store.openStream(signIns, 1_000);
      await store.openStream(detections, 1_000);
    });

    afterEach(async () => {
      await store.close();
      under.verify();
    });

    async function restart(): Promise<void> {
      await store.close();
      store = under.open();
    }

    async function recordsAfter(seq: number, limit: number) {
      return [...(await store.after(seq, limit))].filter(
        (event): event is LoggedEvent & RecordEvent => !isNotice(event),
      );
    }

    it.each([700, 2_500])("knows records again, %i of one second too", async (length) => {
      const made = Array.from({ length }, (_, index) => record(`r${index}`, "x", { time: 1_500, created: 1_000 }));
      const revised = record("r699", "y", { time: 1_500, created: 1_000 });

      expect(await store.commit(signIns, made, {})).toMatchObject({ first: length, known: 0 });
      expect(await store.commit(signIns, [...made, revised, revised], {})).toMatchObject({
        revised: 1,
        known: length + 1,
      });
      expect(await store.commit(signIns, [made[699]!, revised], {})).toMatchObject({ first: 0, revised: 0, known: 2 });
    });

    it("knows ids again that are no Unicode", async () => {
      const made = [record("half\ud800", "x", { created: 1_000 }), record("half\ud800", "x", { created: 2_000 })];

      expect(await store.commit(signIns, [...made, ...made], {})).toMatchObject({ first: 2, known: 2 });
      expect(await store.commit(signIns, made, {})).toMatchObject({ first: 0, known: 2 });
    });

    it("takes two ids for one that are the same without what is no Unicode", async () => {
      const made = [record("half\ud800", "x", { created: 1_000 }), record("half\ud801", "x", { created: 1_000 })];

      expect(await store.commit(signIns, made, {})).toMatchObject({ first: 1, known: 1 });
    });

    it("knows records again that are far apart, and tells those of one id by when they were made", async () => {
      const made = Array.from({ length: 100 }, (_, index) =>
        record("same", "x", { time: 1 + index * 86_400_000, created: 1 + index * 86_400_000 }),
      );

      expect(await store.commit(signIns, made, {})).toMatchObject({ first: 100 });
      expect(await store.commit(signIns, [...made.toReversed(), ...made], {})).toMatchObject({ first: 0, known: 200 });
    });

    it("knows records again that have no time among some that have", async () => {
      const mixed = [record("a", "x", { time: 1_000, created: 1_000 }), record("b", "x"), record("b", "y")];

      expect(await store.commit(signIns, mixed, {})).toMatchObject({ first: 2, revised: 1 });
      expect(await store.commit(signIns, mixed, {})).toMatchObject({ first: 0, revised: 0, known: 3 });
    });

    it("keeps notices for their sink, in no books and as no stream", async () => {
      await store.openSink("siem", "present");
      await store.openSink("other", "present");
      await store.commit(signIns, [record("a", "x")], {});

      await store.announce([announcement("siem", { kind: "started", message: "here" })], 0);
      await store.commit(signIns, [record("b", "x")], {});
      await restart();

      expect([...(await store.after(1, 1))]).toMatchObject([
        { seq: 2, id: "siem started", time: 7, sink: "siem", notice: { kind: "started", message: "here" } },
      ]);
      const { sinks, streams } = await store.status();
      expect(sinks.map(({ books }) => books)).toMatchObject([
        { accepted: 2, pending: 2 },
        { accepted: 2, pending: 2 },
      ]);
      expect(streams.map(({ stream }) => stream)).toEqual([signIns, detections]);
    });

    it("knows of a run that told of no stop", async () => {
      await store.openSink("siem", "present");
      await store.openSink("other", "present");
      const fresh = await store.endedAbruptly();
      await store.announce([announcement("siem", { kind: "started", message: "" })], 0);
      const running = await store.endedAbruptly();
      await store.announce([announcement("other", { kind: "stopping", message: "" })], 0);
      await store.announce([announcement("siem", { kind: "deadLetters", message: "of the last moments" })], 0);
      await restart();

      expect([fresh, running, await store.endedAbruptly()]).toEqual([false, true, false]);
    });

    it("piles up no heartbeats for a sink that takes nothing, but everything else", async () => {
      await store.openSink("siem", "present");
      const heartbeat = announcement("siem", { kind: "heartbeat", message: "all is well" });
      const parked = announcement("siem", { kind: "sinkParked", message: "no" });

      await store.announce([heartbeat, heartbeat], 0);
      await store.announce([heartbeat, parked], Number.POSITIVE_INFINITY);
      const waiting = [...(await store.after(0, 10))];
      await store.acknowledge("siem", acknowledgement(0, 3));
      await store.announce([heartbeat], Number.POSITIVE_INFINITY);

      expect(waiting.map(({ id }) => id)).toEqual(["siem heartbeat", "siem heartbeat", "siem sinkParked"]);
      expect([...(await store.after(3, 10))]).toHaveLength(1);
    });

    it("piles up no heartbeats behind a backfill that a sink does not take", async () => {
      const row = { id: 1, from: 0, to: 9, position: 0, sliceMs: 9, failures: 0 };
      await store.openSink("siem", "present");
      await store.commit(signIns, [record("a", "x")], {});
      await store.acknowledge("siem", acknowledgement(0, 1));
      await store.commit(signIns, [record("a", "x")], {}, { ...row, reason: "backfill", sink: "siem" });

      await store.announce([announcement("siem", { kind: "heartbeat", message: "all is well" })], Infinity);

      expect([...(await store.after(1, 10))]).toMatchObject([{ id: "a", sink: "siem" }]);
    });

    it("remembers where a sink leads", async () => {
      await store.openSink("siem", "start", { route: "relp a 2514" });
      await store.openSink("siem", "start", { route: "relp b 2514" });
      await store.openSink("other", "start");
      await restart();

      const { sinks } = await store.status();
      expect(sinks.map(({ route }) => route)).toEqual([undefined, "relp b 2514"]);
    });

    it("gives a renamed sink all that is its own, once", async () => {
      await store.commit(signIns, [record("a", "x"), record("b", "x"), record("c", "x")], {});
      await store.openSink("old", "start");
      const rejected = [{ seq: 1, reason: "too large" }];
      await store.acknowledge("old", acknowledgement(0, 2, rejected));
      await store.saveSinkHealth("old", { condition: "waiting", failures: 3 });
      const [before] = (await store.status()).sinks;

      const renamed = await store.openSink("new", "present", { route: "relp a 2514", renamedFrom: "old" });
      await restart();
      const again = await store.openSink("new", "present", { route: "relp a 2514", renamedFrom: "old" });

      expect([renamed.cursor, again.cursor]).toEqual([2, 2]);
      expect((await store.status()).sinks).toEqual([{ ...before, name: "new", route: "relp a 2514" }]);
      expect(before).toMatchObject({ deadLetters: 1, health: { failures: 3 } });
    });

    it("leaves a sink that is known as it is, whatever it was called", async () => {
      await store.openSink("old", "start");
      await store.openSink("new", "start");

      await store.openSink("new", "start", { renamedFrom: "old" });
      await store.openSink("third", "start", { renamedFrom: "never seen" });

      expect((await store.status()).sinks).toMatchObject([{ name: "new" }, { name: "old" }, { name: "third" }]);
    });

    it("keeps the time at which a stream was first opened", async () => {
      await restart();

      const { state } = await store.openStream(signIns, 9_999);
      expect(state).toMatchObject({ stream: signIns, born: 1_000, rereads: [] });
    });

    it("appends news in order and numbers revisions", async () => {
      const first = await store.commit(detections, [record("a", "high", { changed: 1 }), record("b", "low")], {});
      const second = await store.commit(detections, [record("a", "high", { changed: 1 })], {});
      const third = await store.commit(detections, [record("a", "dismissed", { changed: 2 })], {});

      expect([first, second, third]).toMatchObject([
        { first: 2, revised: 0, known: 0 },
        { first: 0, revised: 0, known: 1 },
        { first: 0, revised: 1, known: 0 },
      ]);
      const events = await recordsAfter(0, 10);
      expect(events.map(({ id, revision }) => `${id}@${revision}`)).toEqual(["a@1", "b@1", "a@2"]);
      expect(events.map(({ seq }) => seq)).toEqual(events.map(({ seq }) => seq).toSorted((a, b) => a - b));
      expect(events[0]).toMatchObject({ stream: detections, record: { id: "a", revision: "high" } });
    });

    it("dedupes within one page and across a restart, but not across streams", async () => {
      await store.commit(detections, [record("a", "x"), record("a", "x")], {});
      await restart();
      await store.commit(detections, [record("a", "x")], {});
      await store.commit(signIns, [record("a", "x")], {});

      expect((await recordsAfter(0, 10)).map(({ stream }) => stream.source)).toEqual(["riskDetections", "signIns"]);
    });

    it("remembers a newer change time of an unchanged record", async () => {
      await store.commit(detections, [record("a", "high", { changed: 1 })], {});
      await store.commit(detections, [record("a", "high", { changed: 5 })], {});

      expect(await store.commit(detections, [record("a", "stale", { changed: 3 })], {})).toMatchObject({ known: 1 });
    });

    it("counts records that appear below the mark as late", async () => {
      await store.commit(signIns, [], { mark: 100 });

      const records = [record("a", "x", { time: 50 }), record("b", "x", { time: 150 }), record("c", "x")];
      expect(await store.commit(signIns, records, {})).toMatchObject({ first: 3, late: 1, lateByMs: [50] });
    });

    it("commits records and progress together, and both or none", async () => {
      const opened = [{ reason: "outage" as const, from: 0, to: 500 }];
      const { state } = await store.commit(signIns, [record("a", "x")], { mark: 500, opened });
      const [row] = state.rereads;
      const broken = { updated: { ...row!, position: "not a number" as unknown as number } };
      await expect(store.commit(signIns, [record("b", "x")], broken)).rejects.toThrow();
      await restart();

      const after = await store.openStream(signIns, 0);
      expect(after.state).toMatchObject({ mark: 500, rereads: [{ from: 0, to: 500, position: 0 }] });
      expect([...(await store.after(0, 10))].map(({ id }) => id)).toEqual(["a"]);
    });

    it("keeps re-reads with their progress until they are completed", async () => {
      const opened = [{ reason: "sweep" as const, from: 0, to: 500, tierMs: 60 }];
      const { state } = await store.commit(signIns, [], { opened });
      const row = { ...state.rereads[0]!, to: 600, position: 200, sliceMs: 77, top: 10, failures: 2 };
      await store.commit(signIns, [], { updated: row });
      await restart();

      expect((await store.openStream(signIns, 0)).state.rereads).toEqual([row]);
      const change = { completed: row, sweeps: [{ tierMs: 60, completedTo: 500 }], lost: { from: 1, to: 2 } };
      const done = await store.commit(signIns, [], change);
      expect(done.state).toMatchObject({ rereads: [], sweeps: [{ tierMs: 60, completedTo: 500 }] });
      const { streams } = await store.status();
      expect(streams.find(({ stream }) => stream.source === "signIns")?.lost).toEqual([{ from: 1, to: 2 }]);
    });

    it("starts a new sink at the present or at the start of the log, and keeps its cursor", async () => {
      await store.commit(signIns, [record("a", "x"), record("b", "x")], {});

      const present = await store.openSink("present", "present");
      const start = await store.openSink("start", "start");
      expect([...(await store.after(present.cursor, 10))]).toEqual([]);
      expect([...(await store.after(start.cursor, 10))].map(({ id }) => id)).toEqual(["a", "b"]);

      await store.acknowledge("start", acknowledgement(start.cursor, start.cursor + 1));
      await restart();
      expect((await store.openSink("start", "present")).cursor).toBe(start.cursor + 1);
    });

    it("moves a cursor by compare-and-set and keeps what was rejected", async () => {
      await store.commit(signIns, [record("a", "x")], {});
      const { cursor } = await store.openSink("siem", "start");

      const answer = acknowledgement(cursor, cursor + 1, [{ seq: cursor + 1, reason: "too large" }]);
      await store.acknowledge("siem", answer);
      await expect(store.acknowledge("siem", answer)).rejects.toThrow("another process moved it");

      expect((await store.status()).sinks).toMatchObject([
        { name: "siem", cursor: cursor + 1, backlog: 0, deadLetters: 1 },
      ]);
    });

    it("prunes only what every named sink has passed, and never gives a seq twice", async () => {
      await store.openSink("fast", "start");
      await store.openSink("slow", "start");
      await store.commit(signIns, [record("a", "x"), record("b", "x")], {});
      const [, last] = [...(await store.after(0, 10))];
      await store.acknowledge("fast", acknowledgement(0, last!.seq));
      const pruning = { before: Infinity, forgetAfterMs: new Map() };

      expect(await store.prune({ ...pruning, sinks: ["fast", "slow"] })).toBe(0);
      expect(await store.prune({ ...pruning, sinks: ["fast"] })).toBe(2);
      await restart();
      await store.commit(signIns, [record("c", "x")], {});

      expect([...(await store.after(0, 10))][0]?.seq).toBeGreaterThan(last!.seq);
    });

    it("forgets keys of a source that nothing can read any more, and of no other", async () => {
      const old = record("old", "x", { time: 10, created: 10 });
      await store.commit(signIns, [old, record("new", "x", { time: 90, created: 90 })], { mark: 150 });
      await store.commit(detections, [record("old", "x", { time: 10 })], { mark: 150 });

      await store.prune({ before: 0, sinks: [], forgetAfterMs: new Map([["signIns", 100]]) });

      expect(await store.commit(signIns, [old, record("new", "x", { created: 90 })], {})).toMatchObject({
        first: 1,
        known: 1,
      });
      expect(await store.commit(detections, [record("old", "x")], {})).toMatchObject({ known: 1 });
    });

    it("remembers what an open re-read may still bring, and everything before Graph's first answer", async () => {
      const old = record("old", "x", { time: 10, created: 10 });
      const forgetAfterMs = new Map([["signIns", 100]] as const);
      await store.commit(signIns, [old], {});
      await store.prune({ before: 0, sinks: [], forgetAfterMs });
      expect(await store.commit(signIns, [old], {})).toMatchObject({ known: 1 });

      await store.commit(signIns, [], { mark: 900, opened: [{ reason: "outage", from: 100, to: 900 }] });
      await store.prune({ before: 0, sinks: [], forgetAfterMs });

      expect(await store.commit(signIns, [old], {})).toMatchObject({ known: 1 });
    });

    it("keeps one loss of a row cut again and again", async () => {
      await store.commit(signIns, [], { lost: { from: 1, to: 5 } });
      await store.commit(signIns, [], { lost: { from: 5, to: 9 } });
      await store.commit(signIns, [], { lost: { from: 20, to: 30 } });

      const { streams } = await store.status();
      expect(streams.find(({ stream }) => stream.source === "signIns")?.lost).toEqual([
        { from: 1, to: 9 },
        { from: 20, to: 30 },
      ]);
    });

    it("says how much was pruned without a sink that comes back, whatever dead letters are kept in between", async () => {
      await store.openSink("gone", "start");
      await store.openSink("here", "start");
      await store.commit(signIns, [record("a", "x"), record("b", "x"), record("c", "x")], {});
      const [first, second, third] = [...(await store.after(0, 10))];
      expect(await store.openSink("gone", "start")).toMatchObject({ missed: 0 });
      const rejected = [{ seq: first!.seq, reason: "too large" }];
      await store.acknowledge("here", acknowledgement(0, second!.seq, rejected));
      await store.prune({ before: Infinity, sinks: ["here"], forgetAfterMs: new Map() });

      expect([...(await store.after(0, 10))].map(({ seq }) => seq)).toEqual([first!.seq, third!.seq]);
      expect(await store.openSink("gone", "start")).toMatchObject({ missed: 1 });
      expect(await store.openSink("here", "start")).toMatchObject({ missed: 0 });
    });

    it("keeps each sink's books since its start, over restarts and pruning", async () => {
      await store.commit(signIns, [record("before", "x")], {});
      await store.openSink("siem", "present");
      await store.commit(signIns, [record("a", "x"), record("b", "x"), record("c", "x"), record("a", "y")], {});
      const rejected = [{ seq: 3, reason: "too large" }];
      const fates = { delivered: 1, filtered: 0, rejected: 1, missed: 0, resent: 0 };
      await store.acknowledge("siem", { expected: 1, cursor: 3, fates, rejected });
      await restart();
      await store.openSink("other", "start");

      const books = async (of: string) => (await store.status()).sinks.find((sink) => sink.name === of)?.books;
      const rest = { filtered: 0, missed: 0, resent: 0 };
      expect(await books("siem")).toEqual({ ...rest, accepted: 4, delivered: 1, rejected: 1, pending: 2 });
      expect(await books("other")).toEqual({ ...rest, accepted: 5, delivered: 0, rejected: 0, pending: 5 });

      const filtered = { delivered: 1, filtered: 1, rejected: 0, missed: 0, resent: 0 };
      await store.acknowledge("siem", { expected: 3, cursor: 5, fates: filtered, rejected: [] });
      await store.prune({ before: Infinity, sinks: ["siem"], forgetAfterMs: new Map() });
      expect(await books("siem")).toEqual({ ...rest, accepted: 4, delivered: 2, filtered: 1, rejected: 1, pending: 0 });
      expect(sumOf(await books("other"))).toBe(5);
      expect(await store.status()).toMatchObject({ events: 1, streams: [{ totals: { accepted: 5, revised: 1 } }, {}] });
    });

    it("compares what an audit brings, appends nothing, and counts each record once", async () => {
      await store.commit(signIns, [record("a", "x"), record("b", "x")], { mark: 100 });
      const { state } = await store.commit(signIns, [], { opened: [{ reason: "audit", from: 0, to: 90 }] });
      const row = state.rereads[0]!;
      const page = [record("a", "x"), record("b", "other"), record("c", "x", { time: 10 })];

      for (let times = 0; times < 2; times += 1) {
        expect(await store.commit(signIns, page, {}, row)).toMatchObject({ first: 0, revised: 0, late: 0 });
      }

      expect([...(await store.after(0, 10))]).toHaveLength(2);
      expect(await store.commit(signIns, [record("c", "x")], {})).toMatchObject({ first: 1 });
    });

    it("tells the findings of a finished re-read alone, without what was lost to retention in it", async () => {
      await store.commit(signIns, [], { mark: 100, opened: [{ reason: "audit", from: 0, to: 90 }] });
      const [row] = (await store.openStream(signIns, 0)).state.rereads;

      await store.commit(signIns, [], { lost: { from: 0, to: 10 } }, row);
      await store.commit(signIns, [record("a", "x")], { completed: row! }, row);

      const { streams } = await store.status();
      expect(streams[0]).toMatchObject({ lost: [], rereads: [], totals: { accepted: 0 } });
    });

    it("counts what a repair appends as repaired, and not as late", async () => {
      await store.commit(signIns, [record("a", "x")], { mark: 100 });
      const { state } = await store.commit(signIns, [], { opened: [{ reason: "repair", from: 0, to: 90 }] });

      await store.commit(signIns, [record("a", "x"), record("b", "x", { time: 10 })], {}, state.rereads[0]);

      const { streams } = await store.status();
      expect(streams[0]?.totals).toEqual({ accepted: 2, revised: 0, late: 0, repaired: 1 });
    });

    it("sends what was accepted before to the one sink that a backfill names, once, and counts it apart", async () => {
      for (const sink of ["siem", "other"]) await store.openSink(sink, "start");
      await store.commit(signIns, [record("a", "x"), record("b", "x")], { mark: 100 });
      const opened = [{ reason: "backfill" as const, from: 0, to: 90, sink: "siem" }];
      const { state } = await store.commit(signIns, [], { opened });

      const page = [record("a", "x"), record("c", "x")];
      const first = await store.commit(signIns, page, {}, state.rereads[0]);
      const second = await store.commit(signIns, page, {}, state.rereads[0]);

      expect([first, second]).toMatchObject([
        { first: 1, known: 1, resent: 1 },
        { first: 0, known: 2, resent: 0 },
      ]);
      const events = await recordsAfter(0, 10);
      expect(events.map(({ id, revision, sink }) => [id, revision, sink])).toEqual([
        ["a", 1, undefined],
        ["b", 1, undefined],
        ["a", 1, "siem"],
        ["c", 1, undefined],
      ]);
      expect((await store.status()).sinks).toMatchObject([
        { name: "other", books: { accepted: 3, pending: 3 } },
        { name: "siem", books: { accepted: 3, pending: 3 } },
      ]);
    });

    it("sends again to a sink under the name that it has by then", async () => {
      await store.openSink("old", "start");
      await store.commit(signIns, [record("a", "x")], { mark: 100 });
      const opened = [{ reason: "backfill" as const, from: 0, to: 90, sink: "old" }];
      const { state } = await store.commit(signIns, [], { opened });

      await store.openSink("new", "start", { renamedFrom: "old" });
      await store.commit(signIns, [record("a", "x")], {}, state.rereads[0]);

      expect([...(await store.after(0, 10))].map(({ id, sink }) => [id, sink])).toEqual([
        ["a", undefined],
        ["a", "new"],
      ]);
    });

    it("keeps the books of a sink for which events were pruned that were meant for another alone", async () => {
      for (const sink of ["gone", "here"]) await store.openSink(sink, "start");
      await store.commit(signIns, [record("a", "x"), record("b", "x")], { mark: 100 });
      const opened = [{ reason: "backfill" as const, from: 0, to: 90, sink: "here" }];
      const { state } = await store.commit(signIns, [], { opened });
      await store.commit(signIns, [record("a", "x"), record("b", "x")], {}, state.rereads[0]);
      await store.commit(signIns, [record("c", "x")], {});
      const fates = { delivered: 2, filtered: 0, rejected: 0, missed: 0, resent: 2 };
      await store.acknowledge("here", { expected: 0, cursor: 4, fates, rejected: [] });

      await store.prune({ before: Infinity, sinks: ["here"], forgetAfterMs: new Map() });

      const booksOf = async () => (await store.status()).sinks.map(({ books }) => books);
      for (const books of await booksOf()) expect(sumOf(books)).toBe(books.accepted);
      const { cursor, missed } = await store.openSink("gone", "start");
      const rest = { delivered: 1, filtered: 0, rejected: 0, missed, resent: 0 };
      await store.acknowledge("gone", { expected: cursor, cursor: 5, fates: rest, rejected: [] });
      const [gone] = await booksOf();
      expect(gone).toMatchObject({ missed: 4, pending: 0 });
      expect(sumOf(gone)).toBe(gone?.accepted);
    });

    it("has room for a bounded number of dead letters of each sink, and keeps their events from being pruned", async () => {
      await store.commit(
        signIns,
        Array.from({ length: 3 }, (_, index) => record(String(index), "x")),
        {},
      );
      for (const sink of ["siem", "other"]) await store.openSink(sink, "start");
      const rejected = [1, 3].map((seq) => ({ seq, reason: "too large" }));

      await store.acknowledge("siem", acknowledgement(0, 3, rejected));
      await store.acknowledge("other", acknowledgement(0, 3));
      await store.prune({ before: Infinity, sinks: ["siem", "other"], forgetAfterMs: new Map() });

      expect(await store.deadLetterRoom("siem")).toBe(MAX_DEAD_LETTERS - 2);
      expect(await store.deadLetterRoom("other")).toBe(MAX_DEAD_LETTERS);
      expect([...(await store.after(0, 10))].map(({ seq }) => seq)).toEqual([1, 3]);
      expect(await store.status()).toMatchObject({ events: 2 });
    });

    it("keeps hostile text as it is", async () => {
      const text = "a\u0000b\u202e\"'\\; DROP TABLE event; -- \r\n🦊";
      await store.commit(signIns, [received({ id: text, text })], {});
      await restart();

      expect([...(await store.after(0, 1))]).toMatchObject([{ id: text, record: { text } }]);
    });

    it("keeps the health of streams and sinks for status and for the next start", async () => {
      const health = { condition: "blocked", failures: 3, trouble: { message: "no", remedy: "do", since: 7 } } as const;
      await store.openSink("siem", "present");
      await store.saveStreamHealth(signIns, health);
      await store.saveSinkHealth("siem", health);
      await restart();

      const { streams, sinks } = await store.status();
      expect(streams.find(({ stream }) => stream.source === "signIns")?.health).toEqual(health);
      expect(sinks[0]?.health).toEqual(health);
      expect((await store.openStream(signIns, 0)).health).toEqual(health);
      expect((await store.openSink("siem", "present")).health).toEqual(health);
      expect((await store.openStream(detections, 0)).health).toEqual({ condition: "working", failures: 0 });
    });
  });
}
