/**
 * The store in one SQLite file. One transaction for each page: 27,000 events/s with synchronous=FULL, 3,000 one by one,
 * so full durability costs nothing. The driver is synchronous; a page of 1,000, which is parsed and packed meanwhile,
 * blocks the loops for 30 to 100 ms.
 */

import type { Follower, LoggedEvent, Records, StreamId } from "../../core/event.ts";
import type { Health } from "../../core/health.ts";
import type { Announcement } from "../../core/notice.ts";
import { isBehind } from "../../core/plan.ts";
import { isErrand, type ReRead, type StreamChange, type StreamState } from "../../core/stream-state.ts";
import type {
  Acknowledgement,
  Committed,
  OpenedSink,
  OpenedStream,
  Pruning,
  Replay,
  SinkOrigin,
  StartFrom,
  Store,
  StoreStatus,
} from "../store.ts";
import { type Appended, Appender } from "./appender.ts";
import { Checkpoints, type StreamKey } from "./checkpoints.ts";
import { Cursors } from "./cursors.ts";
import { type Connection, lockState, openDatabase, openDatabaseReadOnly } from "./database.ts";
import { Errands } from "./errands.ts";
import { EventLog } from "./event-log.ts";
import { guarded } from "./guarded.ts";
import { Keys } from "./keys.ts";
import type { OnMigration } from "./migrations/migrate.ts";
import { Notices } from "./notices.ts";
import { Pages } from "./pages.ts";
import { Replays } from "./replays.ts";
import { Roster } from "./roster.ts";

export interface Telling {
  readonly onMigration?: OnMigration;
  /** Called at each commit: who follows what it appends. */
  readonly onAppending?: () => Follower;
}

const NOBODY: Follower = { appended: () => {}, committed: () => {} };

/**
 * Opens the state for the one daemon that writes it, after migrating it where it is of an older schema. `now` is the
 * host's clock. Throws StateError, or TransientError where the disk is full or fails.
 */
export function openStore(path: string, now: () => number, telling: Telling = {}): Store {
  const { onMigration = () => {}, onAppending = () => NOBODY } = telling;
  const lock = lockState(path);
  try {
    return new SqliteStore({ path, db: openDatabase(path, { onMigration }), lock, now, onAppending });
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** Opens the state to look at, also while the daemon runs. Throws StateError. */
export function openStoreReadOnly(path: string): Store {
  return new SqliteStore({ path, db: openDatabaseReadOnly(path), now: Date.now, onAppending: () => NOBODY });
}

interface Parts {
  readonly path: string;
  readonly db: Connection;
  readonly lock?: Connection;
  readonly now: () => number;
  readonly onAppending: () => Follower;
}

class SqliteStore implements Store {
  private readonly parts: Parts;
  private readonly checkpoints: Checkpoints;
  private readonly keys: Keys;
  private readonly appender: Appender;
  private readonly log: EventLog;
  private readonly cursors: Cursors;
  private readonly roster: Roster;
  private readonly temporary: Replays;
  private readonly errands: Errands;
  private readonly notices: Notices;
  /** SQLite's own count of what other connections have committed. */
  private version: number | undefined;

  constructor(parts: Parts) {
    this.parts = parts;
    this.checkpoints = new Checkpoints(parts.db);
    this.keys = new Keys(parts.db);
    const pages = new Pages(parts.db);
    this.appender = new Appender(parts.db, this.keys, pages);
    this.log = new EventLog(parts.db, pages);
    this.cursors = new Cursors(parts.db);
    this.roster = new Roster(parts.db);
    this.temporary = new Replays(parts.db);
    this.errands = new Errands(parts.db);
    this.notices = new Notices(parts.db);
  }

  async openStream(stream: StreamId, born: number): Promise<OpenedStream> {
    return this.write(() => this.checkpoints.open(stream, born));
  }

  async commit(stream: StreamId, records: Records, change: StreamChange, reader?: ReRead): Promise<Committed> {
    const { now, onAppending } = this.parts;
    const follower = onAppending();
    const committed = this.write(() => {
      const key = this.checkpoints.key(stream);
      const state = this.checkpoints.state(stream);
      // Its sink may have been renamed or dropped since the row was read.
      const row = state.rereads.find(({ id }) => id === reader?.id) ?? reader;
      const batch = { id: stream, stream: key, records, now: now(), row, follower, ...lateMark(state, row) };
      const appended = this.appender.append(batch);
      this.count(key, appended, row);
      this.checkpoints.apply(key, change);
      this.lose(key, change, row);
      this.noteErrand(change, row);
      return { ...appended, state: this.checkpoints.state(stream) };
    });
    follower.committed();
    return committed;
  }

  async saveStreamHealth(stream: StreamId, health: Health): Promise<void> {
    this.write(() => this.checkpoints.saveHealth(stream, health));
  }

  async openSink(name: string, startFrom: StartFrom, origin: SinkOrigin = {}): Promise<OpenedSink> {
    const { route, renamedFrom } = origin;
    return this.write(() => {
      if (renamedFrom !== undefined) this.roster.rename(renamedFrom, name);
      const start = startFrom === "start" ? this.log.firstSeq() - 1 : this.log.lastSeq();
      const sink = this.cursors.open(name, start, this.checkpoints.accepted() - this.pending(start));
      if (route !== undefined) this.roster.setRoute(name, route);
      return { ...sink, missed: this.missed(sink.cursor) };
    });
  }

  async after(seq: number, limit: number): Promise<Iterable<LoggedEvent>> {
    return this.guard(() => this.log.after(seq, limit));
  }

  async acknowledge(sink: string, answer: Acknowledgement): Promise<void> {
    this.write(() => {
      this.takeOut(answer);
      this.cursors.acknowledge(sink, answer, this.parts.now());
    });
  }

  async saveSinkHealth(name: string, health: Health): Promise<void> {
    this.write(() => this.cursors.saveHealth(name, health));
  }

  async deadLetterRoom(sink: string): Promise<number> {
    return this.guard(() => this.cursors.room(sink));
  }

  async replays(): Promise<readonly Replay[]> {
    return this.guard(() => this.temporary.all());
  }

  async acknowledgeReplay(id: number, answer: Acknowledgement): Promise<void> {
    this.write(() => {
      this.takeOut(answer);
      const sink = this.temporary.acknowledge(id, answer);
      this.cursors.reject(sink, answer.rejected, this.parts.now());
    });
  }

  async saveReplayHealth(id: number, health: Health): Promise<void> {
    this.write(() => this.temporary.saveHealth(id, health));
  }

  async announce(announcements: readonly Announcement[], staleBefore: number): Promise<void> {
    this.write(() => {
      for (const announcement of announcements) this.notices.append(announcement, staleBefore, this.parts.now());
    });
  }

  async endedAbruptly(): Promise<boolean> {
    return this.guard(() => this.notices.isStarted(this.cursors.all().map(({ name }) => name)));
  }

  async prune({ before, sinks, forgetAfterMs }: Pruning): Promise<number> {
    const pruned = this.write(() => {
      for (const { key, source, oldest } of this.checkpoints.oldestReads()) {
        const age = forgetAfterMs.get(source);
        if (age !== undefined) this.keys.forget(key, oldest - age);
      }
      this.temporary.endEmpty();
      const cursor = Math.min(this.cursors.lowest(sinks), this.temporary.lowest(sinks));
      const { events, forOne } = this.log.prune(cursor, before);
      for (const seq of forOne) this.cursors.overlook(seq);
      return events;
    });
    if (pruned > 0) this.guard(() => this.parts.db.pragma("incremental_vacuum(2000)"));
    return pruned;
  }

  /** One look at one moment: figures that belong together do not move against each other. */
  async status(): Promise<StoreStatus> {
    return this.guard(() => this.parts.db.transaction(() => this.look())());
  }

  async isChangedOutside(): Promise<boolean> {
    const before = this.version;
    this.version = this.guard(() => Number(this.parts.db.pragma("data_version", { simple: true })));
    return before !== undefined && before !== this.version;
  }

  async close(): Promise<void> {
    this.parts.db.close();
    this.parts.lock?.close();
  }

  private look(): StoreStatus {
    const last = this.log.lastSeq();
    const first = this.log.firstSeq();
    const accepted = this.checkpoints.accepted();
    const sinks = this.cursors.all().map(({ opening, fates, ...sink }) => {
      const oldest = this.log.oldestAfter(sink.cursor);
      const books = { accepted: accepted - opening, ...fates, pending: this.pending(sink.cursor) };
      const waiting = oldest && { oldest: oldest.time, waitingSince: oldest.received };
      return { ...sink, books, backlog: last - sink.cursor, ...waiting };
    });
    return {
      streams: this.checkpoints.all(),
      sinks,
      replays: this.temporary.all().map((replay) => ({ ...replay, backlog: last - replay.cursor })),
      // Pruning leaves no holes but those between dead letters that it had to keep.
      events: last - first + 1 + this.log.countBetween(0, first),
      bytes: this.bytes(),
    };
  }

  /** Events behind a place that every sink is to get. */
  private pending(seq: number): number {
    return this.log.lastSeq() - seq - this.log.countForOne(seq);
  }

  /** Events behind a place that were pruned. */
  private missed(seq: number): number {
    const first = this.log.firstSeq();
    return seq + 1 >= first ? 0 : first - 1 - seq - this.log.countBetween(seq, first);
  }

  /** A dead letter outlives what lies in the same page. */
  private takeOut({ rejected }: Acknowledgement): void {
    this.log.takeOut(rejected.map(({ seq }) => seq));
  }

  private count(key: StreamKey, { first, revised, late }: Appended, row: ReRead | undefined): void {
    const accepted = first + revised;
    if (accepted > 0) {
      this.checkpoints.count(key, { accepted, revised, late, repaired: row?.reason === "repair" ? accepted : 0 });
    }
  }

  private noteErrand({ opened = [], completed }: StreamChange, row: ReRead | undefined): void {
    if (row === undefined || !isErrand(row)) return;
    if (opened.length > 0) this.errands.setAside(row);
    if (completed) this.errands.close(completed, this.parts.now());
  }

  /** What an operator asks for may be older than what Graph holds without anything being lost. */
  private lose(key: StreamKey, { lost }: StreamChange, row: ReRead | undefined): void {
    if (lost === undefined) return;
    if (row !== undefined && isErrand(row)) this.errands.cut(row, lost.to);
    else this.checkpoints.lose(key, lost);
  }

  /** Space that the data takes; pages that pruning freed do not count. */
  private bytes(): number {
    const pragma = (name: string) => Number(this.parts.db.pragma(name, { simple: true }));
    return (pragma("page_count") - pragma("freelist_count")) * pragma("page_size");
  }

  private write<T>(work: () => T): T {
    return this.guard(() => this.parts.db.transaction(work).immediate());
  }

  private guard<T>(work: () => T): T {
    return guarded(this.parts.path, work);
  }
}

/** What comes up in a past that was never read is not late. */
function lateMark(state: StreamState, row: ReRead | undefined): { mark?: number } {
  if (state.mark === undefined || isBehind(state) || (row && isErrand(row))) return {};
  return { mark: state.mark };
}
