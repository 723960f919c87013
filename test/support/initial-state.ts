/** A state as the first release wrote it, made from its own schema: the newest schema must come out of every older one. */
import Database from "better-sqlite3";
import type { GraphRecord } from "../../src/core/event.ts";
import { RecordFactory } from "../../src/simulator/records.ts";
import { SOURCES } from "../../src/sources/registry.ts";
import { INITIAL } from "../../src/store/sqlite/migrations/0001-initial.ts";

const INITIAL_EVENTS = 40;
const APPLICATION_ID = 0x45524631;
const HEALTH = JSON.stringify({ condition: "working", failures: 0 });

export interface InitialState {
  readonly tenantId: string;
  /** Sign-ins that were read, oldest first. */
  readonly records: readonly GraphRecord[];
  /** Graph's time up to which they were read. */
  readonly mark: number;
}

/** Makes the state; the sink `siem` has confirmed the first half. */
export function createInitialState(path: string, state: InitialState = inventState()): void {
  const db = new Database(path);
  db.pragma("page_size = 16384");
  db.pragma("auto_vacuum = INCREMENTAL");
  db.pragma("journal_mode = WAL");
  db.pragma(`application_id = ${APPLICATION_ID}`);
  db.exec(INITIAL);
  db.pragma("user_version = 1");
  db.transaction(() => fill(db, state))();
  db.close();
}

/** What a state file holds, as far as no schema changes it. */
export function holdingOf(file: string) {
  const db = new Database(file, { readonly: true });
  try {
    const pragma = (name: string) => db.pragma(name, { simple: true });
    const count = (table: string) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
    return {
      schema: pragma("user_version"),
      integrity: pragma("integrity_check"),
      events: count("event"),
      keys: count("seen"),
      cursor: db.prepare("SELECT cursor FROM sink").pluck().get(),
    };
  } finally {
    db.close();
  }
}

export const INITIAL_HOLDING = {
  schema: 1,
  integrity: "ok",
  events: INITIAL_EVENTS,
  keys: INITIAL_EVENTS,
  cursor: INITIAL_EVENTS / 2,
};

function inventState(): InitialState {
  const factory = new RecordFactory(7);
  const mark = Date.now();
  const records = Array.from({ length: INITIAL_EVENTS }, () => factory.invent("signIns", mark - 60_000));
  return { tenantId: "7c1f4f0e-2b6d-4a51-9f0c-000000000001", records, mark };
}

function fill(db: Database.Database, { tenantId, records, mark }: InitialState): void {
  db.prepare("INSERT INTO stream (id, tenant, source, born, mark, health) VALUES (1, ?, 'signIns', ?, ?, ?)").run(
    tenantId,
    mark,
    mark,
    HEALTH,
  );
  const remember = db.prepare("INSERT INTO seen VALUES (1, ?, 1, ?, NULL, ?)");
  const append = db.prepare(
    "INSERT INTO event (stream, id, revision, time, received, record) VALUES (1, ?, 1, ?, ?, ?)",
  );
  for (const record of records) {
    const { id, revision, time = mark } = SOURCES.signIns.identify(record);
    remember.run(id, revision, time);
    append.run(id, time, mark, JSON.stringify(record));
  }
  db.prepare("INSERT INTO sink VALUES ('siem', ?, ?)").run(Math.floor(records.length / 2), HEALTH);
}
