/** The event log, in SQL: what is read from it and deleted. Runs inside the caller's transaction. */
import type { LoggedEvent, MessageSource } from "../../core/event.ts";
import { parseRecord } from "../../core/record-json.ts";
import type { Connection } from "./database.ts";
import type { Pages, Placed } from "./pages.ts";

interface EventRow {
  readonly seq: number;
  readonly tenant: string;
  readonly source: MessageSource;
  readonly id: string;
  readonly revision: number;
  readonly time: number;
  readonly received: number;
  readonly sink: string | null;
  /** Empty where the record lies in a page. */
  readonly json: Buffer | string;
  readonly start: number | null;
  readonly length: number | null;
}

interface Pruned {
  readonly events: number;
  /** Places of those that were for one sink alone. */
  readonly forOne: readonly number[];
}

export class EventLog {
  private readonly statements;
  private readonly pages: Pages;

  constructor(db: Connection, pages: Pages) {
    this.pages = pages;
    this.statements = {
      after: db.prepare<[number, number], EventRow>(
        `SELECT seq, tenant, source, event.id AS id, revision, time, received, sink, coalesce(json, record) AS json,
           start, length
         FROM event JOIN stream ON stream.id = event.stream WHERE seq > ? ORDER BY seq LIMIT ?`,
      ),
      placed: db.prepare<[number], Placed>("SELECT seq, start, length FROM event WHERE seq = ? AND start IS NOT NULL"),
      takeOut: db.prepare("UPDATE event SET json = ?, start = NULL, length = NULL WHERE seq = ?"),
      last: db.prepare<[], number>("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'event'").pluck(),
      first: db
        .prepare<[], number>(
          "SELECT seq FROM event WHERE seq NOT IN (SELECT seq FROM dead_letter) ORDER BY seq LIMIT 1",
        )
        .pluck(),
      countBetween: db
        .prepare<[number, number], number>("SELECT count(*) FROM event WHERE seq > ? AND seq < ?")
        .pluck(),
      countForOne: db
        // By its primary key it would walk every event behind the place: 260 ms with 300,000 of them.
        .prepare<[number], number>(
          "SELECT count(*) FROM event INDEXED BY event_sink WHERE sink IS NOT NULL AND seq > ?",
        )
        .pluck(),
      receivedSince: db.prepare<[number], { seq: number; received: number }>(
        "SELECT seq, received FROM event WHERE received >= ? AND sink IS NULL ORDER BY seq LIMIT 1",
      ),
      oldestAfter: db.prepare<[number], Pick<EventRow, "time" | "received">>(
        "SELECT time, received FROM event WHERE seq > ? ORDER BY seq LIMIT 1",
      ),
      prune: db.prepare<[{ cursor: number; before: number }], Pick<EventRow, "seq" | "sink">>(
        // The oldest first and no further: without an index on `received` a condition alone would scan the whole log.
        `DELETE FROM event WHERE seq IN
         (SELECT seq FROM (SELECT seq, received FROM event WHERE seq <= @cursor
            AND seq NOT IN (SELECT seq FROM dead_letter) ORDER BY seq LIMIT 1000)
          WHERE received < @before) RETURNING seq, sink`,
      ),
    };
  }

  after(seq: number, limit: number): Iterable<LoggedEvent> {
    const rows = this.statements.after.all(seq, limit).map((row) => this.complete(row));
    // The end of the log: what comes next lies in another page.
    if (rows.length < limit) this.pages.close();
    return eventsOf(rows);
  }

  /** Gives events records of their own: they are to be kept when what lies in the same page is pruned. */
  takeOut(seqs: readonly number[]): void {
    for (const seq of seqs) {
      const placed = this.statements.placed.get(seq);
      if (placed !== undefined) this.statements.takeOut.run(this.pages.record(placed), seq);
    }
    this.prunePages(seqs);
  }

  /** The highest seq ever given, 0 before the first. */
  lastSeq(): number {
    return this.statements.last.get() ?? 0;
  }

  /** The lowest seq that the log still has, dead letters that it only keeps apart; one above the last when empty. */
  firstSeq(): number {
    return this.statements.first.get() ?? this.lastSeq() + 1;
  }

  /** Events between two places, both excluded. */
  countBetween(after: number, before: number): number {
    return this.statements.countBetween.get(after, before) ?? 0;
  }

  /** Events after a place that are for one sink alone. */
  countForOne(seq: number): number {
    return this.statements.countForOne.get(seq) ?? 0;
  }

  /** The first event that was received at a time or later. May read the whole log. */
  receivedSince(time: number): { readonly seq: number; readonly received: number } | undefined {
    return this.statements.receivedSince.get(time);
  }

  /** Times of the first event after a place. */
  oldestAfter(seq: number): Pick<EventRow, "time" | "received"> | undefined {
    return this.statements.oldestAfter.get(seq);
  }

  /** Deletes up to 1,000 events up to `cursor` that were received before a time; a longer delete stalls the loops. */
  prune(cursor: number, before: number): Pruned {
    const pruned = this.statements.prune.all({ cursor, before });
    this.prunePages(pruned.map(({ seq }) => seq));
    return { events: pruned.length, forOne: pruned.flatMap(({ seq, sink }) => (sink === null ? [] : [seq])) };
  }

  /** With its record from its page, where it has none of its own. */
  private complete(row: EventRow): EventRow {
    const { seq, start, length } = row;
    return start === null ? row : { ...row, json: this.pages.record({ seq, start, length: length ?? 0 }) };
  }

  /** Once events are deleted, or have records of their own. */
  private prunePages(seqs: readonly number[]): void {
    if (seqs.length > 0) this.pages.prune({ low: Math.min(...seqs), high: Math.max(...seqs) });
  }
}

/** Each is parsed when it is taken. */
function* eventsOf(rows: readonly EventRow[]): Generator<LoggedEvent> {
  for (const row of rows) yield toEvent(row);
}

function toEvent({ tenant, source, sink, json, start: _start, length: _length, ...event }: EventRow): LoggedEvent {
  if (source === "forwarder") {
    const { seq, id, time, received } = event;
    return { seq, id, time, received, sink: sink ?? "", notice: JSON.parse(json.toString()) };
  }
  const stream = { tenantId: tenant, source };
  const record = typeof json === "string" ? JSON.parse(json) : parseRecord(json);
  return { ...event, ...(sink === null ? {} : { sink }), stream, record };
}
