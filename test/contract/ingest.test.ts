/** The two lanes of a stream over the real store, with a source that answers when and what the test wants. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BlockedError, TooOldError, TransientError, UnavailableError } from "../../src/core/errors.ts";
import type { Condition } from "../../src/core/health.ts";
import type { ReadingSettings } from "../../src/core/plan.ts";
import { UNWATCHED } from "../../src/core/pulse.ts";
import { Poller } from "../../src/ingest/poller.ts";
import { Stream } from "../../src/ingest/stream.ts";
import type { Window } from "../../src/sources/source.ts";
import { openStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { Metrics } from "../../src/telemetry/metrics.ts";
import { until } from "../support/poll.ts";
import { type Read, ScriptedSource } from "../support/scripted-source.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const id = { tenantId: "7c1f4f0e-2b6d-4a51-9f0c-000000000001", source: "signIns" } as const;
const settings: ReadingSettings = { everyMs: MINUTE, backfillMs: HOUR, overlapMs: 2 * MINUTE, sweeps: [] };

const SILENT = { error: () => {}, info: () => {}, debug: () => {} };

const isHead = ({ priority }: Window) => priority === "head";
const isWhole = ({ to, priority }: Window) => to === undefined && priority !== "head";
const isSlice = ({ to }: Window) => to !== undefined;

describe("the lanes of a stream", () => {
  let directory: string;
  let store: Store;
  let source: ScriptedSource;
  let stream: Stream;
  let poller: Poller;
  let now: number;
  let fatal: unknown[];
  let hasRoom: boolean;
  let warnings: object[];

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "ingest-"));
    store = openStore(join(directory, "state.db"), () => now);
    source = new ScriptedSource();
    now = source.present;
    fatal = [];
    hasRoom = true;
    warnings = [];
    await open(settings);
  });

  afterEach(async () => {
    await poller.stop();
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function open(reading: ReadingSettings): Promise<void> {
    stream = new Stream({
      id,
      source,
      graph: source.graph,
      settings: reading,
      store,
      log: { ...SILENT, warn: (message, details) => warnings.push({ message, ...details }) },
      metrics: new Metrics(),
      tell: () => {},
      now: () => now,
      random: () => 0,
      onAppended: () => undefined,
    });
    await stream.open();
    poller = new Poller(stream, {
      firstSlot: 0,
      everyMs: reading.everyMs,
      pulses: { head: UNWATCHED, reread: UNWATCHED },
      hasRoom: () => hasRoom,
      onFatal: (error) => fatal.push(error),
    });
  }

  /** Ticks, as the schedule does, until there is a read of this kind. */
  async function next(isMeant: (window: Window) => boolean, at = 0): Promise<Read> {
    let read: Read | undefined;
    await until("a read", () => {
      poller.tick(at);
      read = source.take(isMeant);
      return read !== undefined;
    });
    if (read === undefined) throw new Error("no read");
    return read;
  }

  async function firstStart(): Promise<void> {
    (await next(isHead)).answer();
    (await next(isSlice)).answer();
    await until("the first start is over", () => stream.state.rereads.length === 0);
    await until("it is working", () => stream.health.lastSuccess !== undefined);
  }

  /** Answers how often in all the head had to fail until the stream was in a condition. */
  async function failUntil(condition: Condition, error: Error, failed = 0): Promise<number> {
    let failures = failed;
    while (stream.health.condition !== condition) {
      failures += 1;
      (await next(isHead, performance.now() + failures * HOUR)).fail(error);
      await until("it is counted", () => stream.health.failures === failures);
    }
    return failures;
  }

  const seqs = async () => [...(await store.after(0, 100))].map(({ time }) => time);

  it("reads the past beside the present, and the mark is Graph's time", async () => {
    (await next(isHead)).answer(source.present - 1_000);
    (await next(isSlice)).answer(source.present - 30 * MINUTE);

    await until("both are stored", async () => (await seqs()).length === 2);
    expect(stream.state).toMatchObject({ mark: source.present, rereads: [] });
    expect(fatal).toEqual([]);
  });

  it("tells of a slice that has failed five times while the head is read", async () => {
    (await next(isHead)).answer();
    for (let failures = 1; failures <= 5; failures += 1) {
      (await next(isSlice)).fail(new TransientError("ERF3003", "Graph fails (HTTP 503)"));
      await until("it is counted", () => stream.state.rereads[0]?.failures === failures);
    }

    expect(warnings).toMatchObject([
      { message: "re-read does not get on, will retry", reason: "first start", code: "ERF3003", failures: 5 },
    ]);
  });

  it("never asks for a head while one is under way, nor for two slices", async () => {
    const head = await next(isHead);
    const slice = await next(isSlice);
    for (let tick = 1; tick < 500; tick += 1) poller.tick(tick * MINUTE);
    await new Promise((resolve) => setTimeout(resolve, 20));

    expect(source.reads).toEqual([]);
    head.answer();
    slice.answer();
    await until("the next head", () => {
      poller.tick(1_000 * MINUTE);
      return source.reads.length > 0;
    });
  });

  it("keeps a gap that the head hands over while a slice of the same row is on its way", async () => {
    const start = source.present;
    (await next(isHead)).fail(new TransientError("ERF3001", "no answer"));
    await until("it waits", () => stream.health.condition === "waiting");
    await poller.stop();
    source.reads.splice(0);
    source.present = start + 10 * DAY;
    now = source.present;
    await open(settings);
    const slice = await next(isSlice);
    expect(slice.window.to).toBe(start);
    (await next(isHead)).answer();
    await until("the head is read", () => stream.state.mark === source.present);

    slice.answer(start - 30 * MINUTE);
    const gap: Read[] = [];
    while (gap.length < 20 && stream.state.rereads.length > 0) {
      const read = await next(isSlice);
      gap.push(read);
      read.answer();
      await until("it is committed", () => stream.state.rereads.every(({ position }) => position !== read.window.from));
    }

    expect(gap.at(-1)?.window.to).toBe(source.present);
    let reached = start - HOUR;
    for (const { window } of gap.toSorted((a, b) => (a.window.from ?? 0) - (b.window.from ?? 0))) {
      expect(window.from).toBeLessThanOrEqual(reached + HOUR);
      reached = Math.max(reached, window.to ?? 0);
    }
    expect(fatal).toEqual([]);
  });

  it("hands an unreadable head over after two failures, and reads what comes after it at once", async () => {
    await open({ ...settings, backfillMs: 0 });
    await firstStart();
    const before = source.present;
    source.present += MINUTE;
    for (let failure = 0; failure < 2; failure += 1) {
      const read = await next(isHead, performance.now() + 10 * MINUTE);
      read.fail(new TransientError("ERF3004", "unreadable", { narrow: true }));
      await until("it failed", () => stream.health.failures > failure);
    }
    source.present += 1_000;

    const { window } = await next(isHead, performance.now() + 20 * MINUTE);

    expect(window.from).toBe(source.present);
    expect(stream.state.rereads).toMatchObject([{ reason: "unreadable head", to: source.present }]);
    expect(stream.state.rereads[0]?.from).toBe(before - 2 * MINUTE);
  });

  it("goes on from the present where Graph no longer holds what the head asks for", async () => {
    await open({ ...settings, everyMs: DAY });
    await firstStart();
    const mark = source.present;
    source.present += 2 * DAY - HOUR;

    (await next(isHead, performance.now() + 10 * DAY)).fail(new TooOldError("ERF3011", "too old"));

    await until("it is handed over", () => stream.state.mark === source.present);
    expect(stream.state.rereads.some(({ reason, from }) => reason === "outage" && from <= mark)).toBe(true);
    expect(fatal).toEqual([]);
  });

  it("believes a denial of the licence when it is repeated, where reads have worked before", async () => {
    const denial = new UnavailableError("ERF3008", "no licence", "buy it");
    await firstStart();
    (await next(isHead, performance.now() + 2 * MINUTE)).fail(denial);
    await until("it is tried again soon", () => stream.health.condition === "waiting");
    (await next(isHead, performance.now() + 2 * MINUTE)).answer();
    await until("it works", () => stream.health.condition === "working");
    expect(await failUntil("resting", denial)).toBe(6);

    (await next(isHead, performance.now() + 10 * HOUR)).answer();
    await until("it works", () => stream.health.condition === "working");
    (await next(isHead, performance.now() + 2 * MINUTE)).fail(new TransientError("ERF3003", "Graph fails (HTTP 503)"));
    await until("it is counted", () => stream.health.failures === 1);
    expect(await failUntil("resting", denial, 1)).toBe(7);
  });

  it("reads again what was visible while a clock of Graph's had put the mark into the future", async () => {
    await open({ ...settings, backfillMs: 0, sweeps: [{ everyMs: DAY, lengthMs: 2 * HOUR }] });
    const start = source.present;
    await firstStart();
    source.present = start + 30 * MINUTE;
    (await next(isHead, performance.now() + HOUR)).answer();
    await until("the mark is ahead", () => stream.state.mark === source.present);

    const head = await next(isHead, performance.now() + 2 * HOUR);
    source.present = start + 2 * MINUTE;
    head.answer();
    await until("the mark is right", () => stream.state.mark === source.present);

    expect(stream.state.rereads).toMatchObject([{ reason: "outage", from: start - 2 * HOUR, to: source.present }]);
  });

  it("opens one re-read for it, however often servers of Graph tell different times", async () => {
    await open({ ...settings, backfillMs: 0, sweeps: [{ everyMs: DAY, lengthMs: 2 * HOUR }] });
    const start = source.present;
    await firstStart();
    for (let poll = 1; poll <= 10; poll += 1) {
      const read = await next(isHead, performance.now() + poll * HOUR);
      source.present = start + poll * MINUTE + (poll % 2) * 10 * MINUTE;
      read.answer();
      await until("it is committed", () => stream.state.mark === source.present);
    }

    expect(stream.state.rereads).toMatchObject([{ reason: "outage", from: start - 2 * HOUR, to: start + 10 * MINUTE }]);
  });

  it("takes the time of a host that is fast or slow for Graph's until Graph has answered, and for no outage", async () => {
    await open({ ...settings, backfillMs: 0, sweeps: [{ everyMs: DAY, lengthMs: 2 * HOUR }] });
    source.hasAnswered = false;
    const right = source.present;
    source.present = right + 5 * MINUTE;
    const first = await next(isHead);
    source.present = right;
    first.answer();
    await until("the mark is Graph's", () => stream.state.mark === right);
    expect(stream.state.rereads).toMatchObject([{ reason: "first start", position: right + 5 * MINUTE }]);

    source.present = right - 5 * MINUTE;
    const second = await next(isHead, performance.now() + HOUR);
    source.present = right + MINUTE;
    second.answer();
    await until("the mark is Graph's", () => stream.state.mark === source.present);
    expect(stream.state.rereads.filter(({ reason }) => reason === "outage")).toEqual([]);
  });

  it("opens the sweeps that come due while an audit takes hours", async () => {
    await open({ ...settings, backfillMs: 0, sweeps: [{ everyMs: 10 * MINUTE, lengthMs: HOUR }] });
    await firstStart();
    const audit = { reason: "audit", from: source.present - 20 * DAY, to: source.present - 10 * DAY } as const;
    await stream.commit([], () => ({ opened: [audit] }));
    const first = await next(isSlice);
    source.present += 11 * MINUTE;
    first.answer();

    const { window } = await next(isSlice);

    expect(stream.state.rereads.map(({ reason }) => reason)).toEqual(["audit", "sweep"]);
    expect(window.from).toBe(source.present - 11 * MINUTE - HOUR);
  });

  it("leaves a slice in the middle when the log becomes full, and begins it again shorter", async () => {
    await open({ ...settings, backfillMs: 20 * DAY });
    (await next(isHead)).answer();
    const slice = await next(isSlice);
    const { from = 0, to = 0 } = slice.window;
    hasRoom = false;
    slice.begin(from + 1);
    await until("the page is stored", async () => (await seqs()).length === 1);
    for (let tick = 0; tick < 20; tick += 1) poller.tick(tick * HOUR);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(source.reads).toEqual([]);

    hasRoom = true;
    expect((await next(isSlice)).window).toMatchObject({ from, to: (from + to) / 2 });
  });

  it("reads the whole of a collection to its end in a log that is full, for it would begin anew", async () => {
    source.coverage = "whole";
    (await next(isHead)).answer();
    const read = await next(isWhole);
    hasRoom = false;
    read.begin(1);
    await until("the page is stored", async () => (await seqs()).length === 1);
    read.answer(2);

    await until("it is over", () => stream.state.rereads.length === 0);
    expect(await seqs()).toEqual([1, 2]);
  });

  it("reads the whole of a collection once more where the head has handed more of it over meanwhile", async () => {
    source.coverage = "whole";
    (await next(isHead)).answer();
    const read = await next(isWhole);
    const [row] = stream.state.rereads;
    if (row === undefined) throw new Error("no row");
    await stream.commit([], () => ({ updated: { ...row, to: row.to + MINUTE } }));
    read.answer();

    (await next(isWhole)).answer();
    await until("it is over", () => stream.state.rereads.length === 0);
  });

  it("keeps still while the log is full, and goes on when there is room", async () => {
    hasRoom = false;
    for (let tick = 0; tick < 20; tick += 1) poller.tick(tick * HOUR);
    await new Promise((resolve) => setTimeout(resolve, 20));

    expect(source.reads).toEqual([]);
    hasRoom = true;
    await next(isHead);
  });

  it.each([
    ["parked", new BlockedError("ERF3007", "no consent", "grant it"), 5 * MINUTE, "blocked"],
    ["resting", new UnavailableError("ERF3008", "no licence", "buy it"), HOUR, "resting"],
  ] as const)("asks rarely while it is %s, and for the head alone", async (_name, error, pause, condition) => {
    (await next(isHead)).fail(error);
    await until("it says so", () => stream.health.condition === condition);
    const failedAt = performance.now();

    poller.tick(failedAt + 0.85 * pause);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const slices = source.reads.splice(0).filter(({ window }) => isSlice(window));

    expect(source.reads).toEqual([]);
    for (const slice of slices) slice.answer();
    (await next(isHead, failedAt + 1.2 * pause)).answer();
    await until("it works again", () => stream.health.condition === "working");
  });

  it.each([
    ["blocked", new BlockedError("ERF3007", "no consent", "grant it")],
    ["resting", new UnavailableError("ERF3008", "no licence", "buy it")],
  ] as const)("tries what was %s at once after a restart, the head before all others", async (condition, error) => {
    (await next(isHead)).answer();
    await until("it worked", () => stream.health.lastSuccess === now);
    const failures = await failUntil(condition, error);
    await poller.stop();
    source.reads.splice(0);
    const worked = now;
    now += 1_000;

    await open(settings);

    expect(stream.health).toMatchObject({ condition, failures, lastSuccess: worked });
    const head = await next(isHead);
    expect(source.take(isSlice)).toBeUndefined();
    head.fail(error);
    await until("it is told", () => stream.health.failures === failures + 1);
    expect(stream.health).toMatchObject({ condition, lastSuccess: worked, trouble: { since: worked } });
  });

  it("goes on backing off after a restart, but no longer than half a minute, whatever the host's clock says", async () => {
    const fail = async (at: number) => {
      const { failures } = stream.health;
      (await next(isHead, at)).fail(new TransientError("ERF3002", "throttled", { retryAfterMs: HOUR }));
      await until("it waits", () => stream.health.failures > failures);
    };
    await fail(0);
    await poller.stop();
    source.reads.splice(0);
    now -= DAY;

    await open(settings);
    const opened = performance.now();
    poller.tick(opened + 25_000);
    await new Promise((resolve) => setTimeout(resolve, 20));

    expect(source.take(isHead)).toBeUndefined();
    await fail(opened + 31_000);
    expect(stream.health.failures).toBe(2);
  });

  it("ends the process for a bug and for nothing else", async () => {
    (await next(isHead)).fail(new RangeError("a bug"));

    await until("it is told", () => fatal.length === 1);
    expect(fatal[0]).toBeInstanceOf(RangeError);
  });
});
