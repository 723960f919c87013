/** The event log and the keys that dedupe remembers, in SQL. Runs inside the caller's transaction. */
import type { IdentifiedRecord, StoredEvent, StreamId } from "../../core/event.ts";
import { judge, type KnownRevision } from "../../core/news.ts";
import type { StreamKey } from "./checkpoints.ts";
import type { Connection } from "./database.ts";

interface SeenRow {
  readonly number: number;
  readonly revision: string;
  readonly changed: number | null;
}

interface EventRow {
  readonly seq: number;
  readonly tenant: string;
  readonly source: StreamId["source"];
  readonly id: string;
  readonly revision: number;
  readonly time: number;
  readonly record: string;
}

export interface Appended {
  readonly first: number;
  readonly revised: number;
  readonly known: number;
  readonly late: number;
}

export class EventLog {
  private readonly statements;

  constructor(db: Connection) {
    this.statements = {
      seen: db.prepare<[StreamKey, string], SeenRow>(
        "SELECT number, revision, changed FROM seen WHERE stream = ? AND id = ? ORDER BY number",
      ),
      remember: db.prepare(
        `INSERT INTO seen (stream, id, number, revision, changed, time)
         VALUES (@stream, @id, @number, @revision, @changed, @time)`,
      ),
      touch: db.prepare("UPDATE seen SET changed = ? WHERE stream = ? AND id = ? AND number = ?"),
      append: db.prepare(
        `INSERT INTO event (stream, id, revision, time, received, record)
         VALUES (@stream, @id, @number, @time, @received, @record)`,
      ),
      after: db.prepare<[number, number], EventRow>(
        `SELECT seq, tenant, source, event.id AS id, revision, time, record
         FROM event JOIN stream ON stream.id = event.stream WHERE seq > ? ORDER BY seq LIMIT ?`,
      ),
      last: db.prepare<[], number>("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'event'").pluck(),
      first: db.prepare<[], number | null>("SELECT min(seq) FROM event").pluck(),
      countAfter: db.prepare<[number], number>("SELECT count(*) FROM event WHERE seq > ?").pluck(),
      oldestAfter: db.prepare<[number], number>("SELECT time FROM event WHERE seq > ? ORDER BY seq LIMIT 1").pluck(),
      prune: db.prepare(
        // The oldest first and no further: without an index on `received` a condition alone would scan the whole log.
        `DELETE FROM event WHERE seq IN
         (SELECT seq FROM (SELECT seq, received FROM event WHERE seq <= @cursor
            AND seq NOT IN (SELECT seq FROM dead_letter) ORDER BY seq LIMIT 1000)
          WHERE received < @before)`,
      ),
      forget: db.prepare(
        `DELETE FROM seen WHERE (stream, id, number) IN
         (SELECT stream, id, number FROM seen WHERE stream = ? AND time < ? LIMIT 1000)`,
      ),
    };
  }

  append(stream: StreamKey, records: readonly IdentifiedRecord[], mark: number | undefined, now: number): Appended {
    const counts = { first: 0, revised: 0, known: 0, late: 0 };
    for (const { record, identity } of records) {
      const verdict = judge(this.known(stream, identity.id), identity);
      if (verdict.kind === "touched") {
        this.statements.touch.run(identity.changed, stream, identity.id, verdict.number);
      }
      if (verdict.kind !== "news") {
        counts.known += 1;
        continue;
      }
      const { id, revision, changed = null, time = now } = identity;
      const { number } = verdict;
      this.statements.remember.run({ stream, id, number, revision, changed, time });
      this.statements.append.run({ stream, id, number, time, received: now, record: JSON.stringify(record) });
      counts[number === 1 ? "first" : "revised"] += 1;
      if (number === 1 && mark !== undefined && time < mark) counts.late += 1;
    }
    return counts;
  }

  after(seq: number, limit: number): StoredEvent[] {
    return this.statements.after.all(seq, limit).map(toEvent);
  }

  /** The highest seq ever given, 0 before the first. */
  lastSeq(): number {
    return this.statements.last.get() ?? 0;
  }

  /** The lowest seq that the log still has; one above the last when it is empty. */
  firstSeq(): number {
    return this.statements.first.get() ?? this.lastSeq() + 1;
  }

  countAfter(seq: number): number {
    return this.statements.countAfter.get(seq) ?? 0;
  }

  oldestAfter(seq: number): number | undefined {
    return this.statements.oldestAfter.get(seq);
  }

  /** Deletes up to 1,000 events up to `cursor` that were received before a time; a longer delete stalls the loops. */
  prune(cursor: number, before: number): number {
    return this.statements.prune.run({ cursor, before }).changes;
  }

  /** Forgets up to 1,000 keys of a stream whose time lies before another. */
  forget(stream: StreamKey, before: number): number {
    return this.statements.forget.run(stream, before).changes;
  }

  private known(stream: StreamKey, id: string): KnownRevision[] {
    return this.statements.seen
      .all(stream, id)
      .map(({ changed, ...known }) => (changed === null ? known : { ...known, changed }));
  }
}

function toEvent({ tenant, source, record, ...event }: EventRow): StoredEvent {
  return { ...event, stream: { tenantId: tenant, source }, record: JSON.parse(record) };
}
