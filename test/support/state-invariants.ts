/** What must hold in every state, at whatever moment it was copied. */
import { strict as assert } from "node:assert";
import Database from "better-sqlite3";
import type { SourceName } from "../../src/core/event.ts";
import type { LedgerEntry } from "../../src/simulator/ledger.ts";

interface StreamFacts {
  readonly tenantId: string;
  readonly source: SourceName;
  readonly mark: number | null;
  readonly rereads: readonly { readonly position: number; readonly to: number }[];
}

/** What a state says. */
export interface StateFacts {
  readonly lastSeq: number;
  /** What each place of the event log holds, from seq 1 on: an event as in `events`, or nothing where it is a notice. */
  readonly places: readonly (string | undefined)[];
  readonly streams: readonly StreamFacts[];
  readonly cursors: ReadonlyMap<string, number>;
  /** `tenant/source/id@revision` of every accepted revision. */
  readonly keys: ReadonlySet<string>;
  /** `tenant/id@revision` of the events, in the log's order. */
  readonly events: readonly string[];
}

/** Reads a state that nobody has open, and fails when it contradicts itself. Nothing may have been pruned. */
export function examineState(path: string): StateFacts {
  const db = new Database(path, { readonly: true });
  try {
    assert.equal(db.pragma("integrity_check", { simple: true }), "ok");
    assert.deepEqual(db.pragma("foreign_key_check"), []);
    const facts = factsOf(db);
    const { events, places, keys, lastSeq, cursors } = facts;
    assert.equal(places.length, lastSeq, "the log has no gap");
    assert.equal(new Set(events).size, events.length, "no revision is in the log twice");
    assert.equal(keys.size, events.length, "each event has its key, and each key its event");
    assert.deepEqual(strangers(db), [], "each event has its own key");
    for (const [sink, cursor] of cursors) assert.ok(cursor <= lastSeq, `${sink} is at ${cursor} of ${lastSeq}`);
    return facts;
  } finally {
    db.close();
  }
}

function factsOf(db: Database.Database): StateFacts {
  const list = (sql: string) => db.prepare<[], string>(sql).pluck().all();
  const rereads = db.prepare<[number], { position: number; to: number }>(
    'SELECT position, finish AS "to" FROM reread WHERE stream = ?',
  );
  const streams = db.prepare<[], { id: number; tenantId: string; source: SourceName; mark: number | null }>(
    "SELECT id, tenant AS tenantId, source, mark FROM stream WHERE source <> 'forwarder'",
  );
  const sinks = db.prepare<[], { name: string; cursor: number }>("SELECT name, cursor FROM sink").all();
  const last = db.prepare("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'event'").pluck().get();
  const places = db
    .prepare<[], { event: string | null }>(
      `SELECT iif(source = 'forwarder', NULL, tenant || '/' || event.id || '@' || revision) AS event
       FROM event JOIN stream ON stream.id = stream ORDER BY seq`,
    )
    .all()
    .map(({ event }) => event ?? undefined);
  return {
    lastSeq: Number(last),
    places,
    streams: streams.all().map(({ id, ...stream }) => ({ ...stream, rereads: rereads.all(id) })),
    cursors: new Map(sinks.map(({ name, cursor }) => [name, cursor])),
    keys: new Set(
      list(
        `SELECT tenant || '/' || source || '/' || seen.id || '@' || number FROM seen JOIN stream ON stream.id = stream`,
      ),
    ),
    events: places.filter((event) => event !== undefined),
  };
}

function strangers(db: Database.Database): unknown[] {
  return db
    .prepare(
      `SELECT seq FROM event LEFT JOIN seen ON seen.stream = event.stream AND seen.id = event.id
         AND seen.number = event.revision
       JOIN stream ON stream.id = event.stream WHERE seen.id IS NULL AND source <> 'forwarder'`,
    )
    .all();
}

/**
 * What a state would never deliver: it became visible before the mark, so the head has passed it, and is neither
 * accepted nor in a span that is still to be read. Where records have the moment in which they appear as their time;
 * Graph's is a second coarse.
 */
export function passedOver({ streams, keys }: StateFacts, ledger: readonly LedgerEntry[]): string[] {
  const byStream = new Map(streams.map((stream) => [`${stream.tenantId}/${stream.source}`, stream]));
  const missed: string[] = [];
  for (const { tenantId, source, id, revision, visibleAt } of ledger) {
    const { mark, rereads = [] } = byStream.get(`${tenantId}/${source}`) ?? {};
    if (mark === null || mark === undefined || visibleAt > mark) continue;
    const key = `${tenantId}/${source}/${id}@${revision}`;
    const isStillRead = rereads.some(({ position, to }) => visibleAt >= position && visibleAt - 1_000 <= to);
    if (!keys.has(key) && !isStillRead) missed.push(key);
  }
  return missed;
}
