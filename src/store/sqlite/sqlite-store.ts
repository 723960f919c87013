/**
 * The store in one SQLite file. One transaction for each page: 27,000 events/s with synchronous=FULL, 3,000 one by one,
 * so full durability costs nothing. The driver is synchronous; a page of 1,000 blocks the loops for about 40 ms.
 */

import { messageOf, TransientError } from "../../core/errors.ts";
import type { IdentifiedRecord, StoredEvent, StreamId } from "../../core/event.ts";
import type { Health } from "../../core/health.ts";
import type { StreamChange, StreamState } from "../../core/stream-state.ts";
import type { Acknowledgement, Committed, OpenedSink, Pruning, StartFrom, Store, StoreStatus } from "../store.ts";
import { Checkpoints } from "./checkpoints.ts";
import { Cursors } from "./cursors.ts";
import { type Connection, lockState, openDatabase, openDatabaseReadOnly } from "./database.ts";
import { EventLog } from "./event-log.ts";
import { asStateError, codeOf, isCorruption } from "./sqlite-errors.ts";

/** Full disk, I/O error, busy: the caller keeps its position and tries again. */
const MAY_PASS = /^SQLITE_(FULL|IOERR|BUSY|LOCKED|READONLY|CANTOPEN|NOMEM)/;

/** Opens the state for the one daemon that writes it. `now` is the host's clock. Throws StateError. */
export function openStore(path: string, now: () => number): Store {
  const lock = lockState(path);
  try {
    return new SqliteStore({ path, db: openDatabase(path), lock, now });
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** Opens the state to look at, also while the daemon runs. Throws StateError. */
export function openStoreReadOnly(path: string): Store {
  return new SqliteStore({ path, db: openDatabaseReadOnly(path), now: Date.now });
}

interface Parts {
  readonly path: string;
  readonly db: Connection;
  readonly lock?: Connection;
  readonly now: () => number;
}

class SqliteStore implements Store {
  private readonly parts: Parts;
  private readonly checkpoints: Checkpoints;
  private readonly log: EventLog;
  private readonly cursors: Cursors;

  constructor(parts: Parts) {
    this.parts = parts;
    this.checkpoints = new Checkpoints(parts.db);
    this.log = new EventLog(parts.db);
    this.cursors = new Cursors(parts.db);
  }

  async openStream(stream: StreamId, born: number): Promise<StreamState> {
    return this.write(() => this.checkpoints.open(stream, born));
  }

  async commit(stream: StreamId, records: readonly IdentifiedRecord[], change: StreamChange): Promise<Committed> {
    return this.write(() => {
      const { mark } = this.checkpoints.state(stream);
      const key = this.checkpoints.key(stream);
      const appended = this.log.append(key, records, mark, this.parts.now());
      this.checkpoints.apply(key, change);
      return { ...appended, state: this.checkpoints.state(stream) };
    });
  }

  async saveStreamHealth(stream: StreamId, health: Health): Promise<void> {
    this.write(() => this.checkpoints.saveHealth(stream, health));
  }

  async openSink(name: string, startFrom: StartFrom): Promise<OpenedSink> {
    return this.write(() => {
      const beginning = this.log.firstSeq() - 1;
      const { cursor } = this.cursors.open(name, startFrom === "start" ? beginning : this.log.lastSeq());
      return { name, cursor, missed: this.log.lastSeq() - cursor - this.log.countAfter(cursor) };
    });
  }

  async after(seq: number, limit: number): Promise<readonly StoredEvent[]> {
    return this.guard(() => this.log.after(seq, limit));
  }

  async acknowledge(sink: string, answer: Acknowledgement): Promise<void> {
    this.write(() => this.cursors.acknowledge(sink, answer, this.parts.now()));
  }

  async saveSinkHealth(name: string, health: Health): Promise<void> {
    this.write(() => this.cursors.saveHealth(name, health));
  }

  async prune({ before, sinks, forgetAfterMs }: Pruning): Promise<number> {
    const pruned = this.write(() => {
      for (const { key, source, oldest } of this.checkpoints.oldestReads()) {
        const age = forgetAfterMs.get(source);
        if (age !== undefined) this.log.forget(key, oldest - age);
      }
      return this.log.prune(this.cursors.lowest(sinks), before);
    });
    if (pruned > 0) this.guard(() => this.parts.db.pragma("incremental_vacuum(2000)"));
    return pruned;
  }

  async status(): Promise<StoreStatus> {
    return this.guard(() => {
      const last = this.log.lastSeq();
      const sinks = this.cursors.all().map((sink) => {
        const oldest = this.log.oldestAfter(sink.cursor);
        return { ...sink, backlog: last - sink.cursor, ...(oldest === undefined ? {} : { oldest }) };
      });
      return { streams: this.checkpoints.all(), sinks, events: last - this.log.firstSeq() + 1, bytes: this.bytes() };
    });
  }

  async close(): Promise<void> {
    this.parts.db.close();
    this.parts.lock?.close();
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
    try {
      return work();
    } catch (error) {
      if (isCorruption(error)) throw asStateError(error, this.parts.path);
      if (!MAY_PASS.test(codeOf(error))) throw error;
      throw new TransientError("ERF5004", `cannot write ${this.parts.path}: ${messageOf(error)}`, { cause: error });
    }
  }
}
