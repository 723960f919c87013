/** The event log, in SQL, and dedupe, which decides what is appended to it. Runs inside the caller's transaction. */
import type {
  Follower,
  IdentifiedRecord,
  LoggedEvent,
  MessageSource,
  RecordEvent,
  Records,
  Risk,
  StreamId,
} from "../../core/event.ts";
import { judge, type Verdict } from "../../core/news.ts";
import { parseRecord } from "../../core/record-json.ts";
import { isErrand, type ReRead } from "../../core/stream-state.ts";
import type { Committed } from "../store.ts";
import type { StreamKey } from "./checkpoints.ts";
import type { Connection } from "./database.ts";
import { Errands, type Finding } from "./errands.ts";
import type { Keys, NearKeys } from "./keys.ts";

/**
 * So many records are parsed, then written, then packed: what each of these steps works with stays in the processor's
 * caches, and so few do not outlive the young generation. One by one the path costs a fifth more (measured).
 */
const HANDFUL = 64;
/** Parsed, a hostile record takes many times its bytes. */
const HANDFUL_BYTES = 1_000_000;

interface EventRow {
  readonly seq: number;
  readonly tenant: string;
  readonly source: MessageSource;
  readonly id: string;
  readonly revision: number;
  readonly time: number;
  readonly received: number;
  readonly sink: string | null;
  readonly json: Buffer | string;
}

/** Records of one stream to be deduped and appended. */
export interface Batch {
  readonly id: StreamId;
  readonly stream: StreamKey;
  readonly records: Records;
  /** A first record from before this is late; absent: none is. */
  readonly mark?: number;
  /** Host time in epoch milliseconds. */
  readonly now: number;
  /** The re-read that brought the records. */
  readonly row?: ReRead | undefined;
  readonly follower: Follower;
}

interface Pruned {
  readonly events: number;
  /** Places of those that were for one sink alone. */
  readonly forOne: readonly number[];
}

export type Appended = Omit<Committed, "state">;

/** An event for every sink. */
type AppendedEvent = RecordEvent & { readonly received: number };

/** What is counted of a batch while it is appended. */
interface Tally {
  first: number;
  revised: number;
  known: number;
  resent: number;
  readonly lateByMs: number[];
  readonly madeAt: number[];
  readonly risks: Risk[];
}

/** What the records of a batch are taken with. */
interface Working {
  readonly batch: Batch;
  readonly tally: Tally;
  readonly keys: NearKeys;
}

export class EventLog {
  private readonly statements;
  private readonly keys: Keys;
  private readonly errands: Errands;

  constructor(db: Connection, keys: Keys) {
    this.keys = keys;
    this.errands = new Errands(db);
    this.statements = {
      append: db.prepare(
        `INSERT INTO event (stream, id, revision, time, received, record, sink, json)
         VALUES (?, ?, ?, ?, ?, '', ?, ?)`,
      ),
      after: db.prepare<[number, number], EventRow>(
        `SELECT seq, tenant, source, event.id AS id, revision, time, received, sink, coalesce(json, record) AS json
         FROM event JOIN stream ON stream.id = event.stream WHERE seq > ? ORDER BY seq LIMIT ?`,
      ),
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

  append(batch: Batch): Appended {
    const tally: Tally = { first: 0, revised: 0, known: 0, resent: 0, lateByMs: [], madeAt: [], risks: [] };
    const keys = this.keys.around(batch.stream);
    const working = { batch, tally, keys };
    for (const handful of handfulsOf(batch.records)) {
      keys.cover(handful);
      const events = handful.map((found) => this.take(found, working)).filter((event) => event !== undefined);
      for (const event of events) batch.follower.appended(event);
    }
    return { ...tally, late: tally.lateByMs.length };
  }

  after(seq: number, limit: number): Iterable<LoggedEvent> {
    return eventsOf(this.statements.after.all(seq, limit));
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
    return { events: pruned.length, forOne: pruned.flatMap(({ seq, sink }) => (sink === null ? [] : [seq])) };
  }

  /** Dedupes one record; answers the event that it becomes where it is news. */
  private take(found: IdentifiedRecord, { batch, tally, keys }: Working): AppendedEvent | undefined {
    const { row } = batch;
    const verdict = judge(keys.of(found.identity), found.identity);
    const isMet = this.isMet(batch, found, verdict);
    if (row?.reason === "audit") return undefined;
    if (verdict.kind === "news") {
      keys.remember(found.identity, verdict.number);
      const event = this.appendNews(batch, found, verdict.number);
      count(tally, found, event, batch.mark);
      return event;
    }
    if (verdict.kind === "touched") keys.touch(found.identity, verdict.number);
    tally.known += 1;
    if (row?.sink === undefined || isMet) return undefined;
    this.appendFor(row.sink, batch, found);
    tally.resent += 1;
    return undefined;
  }

  /** Whether the errand that brought a record has met its id before, in a slice that was read twice for instance. */
  private isMet({ row }: Batch, { identity }: IdentifiedRecord, verdict: Verdict): boolean {
    if (row === undefined || !isErrand(row)) return false;
    return !this.errands.visit(row.id, identity.id, findingOf(verdict));
  }

  private appendNews(batch: Batch, { json, record, identity }: IdentifiedRecord, number: number): AppendedEvent {
    const { stream, now } = batch;
    const { id, time = now } = identity;
    const seq = Number(this.statements.append.run(stream, id, number, time, now, null, json).lastInsertRowid);
    return { seq, stream: batch.id, id, revision: number, time, received: now, record };
  }

  /** Once more, for one sink, under the revision number that it has. */
  private appendFor(sink: string, { stream, now }: Batch, { json, identity }: IdentifiedRecord): void {
    const { id, time = now } = identity;
    const number = this.keys.of(stream, identity).at(-1)?.number ?? 1;
    this.statements.append.run(stream, id, number, time, now, sink, json);
  }
}

function* handfulsOf(records: Records): Generator<readonly IdentifiedRecord[]> {
  let handful: IdentifiedRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    handful.push(record);
    bytes += record.json.length;
    if (handful.length < HANDFUL && bytes < HANDFUL_BYTES) continue;
    yield handful;
    handful = [];
    bytes = 0;
  }
  if (handful.length > 0) yield handful;
}

/** A first record from before the mark is late. */
function count(tally: Tally, { identity }: IdentifiedRecord, event: AppendedEvent, mark: number | undefined): void {
  const isFirst = event.revision === 1;
  tally.risks.push(identity.risk);
  tally[isFirst ? "first" : "revised"] += 1;
  if (isFirst && mark !== undefined && event.time < mark) tally.lateByMs.push(mark - event.time);
  const made = isFirst ? identity.time : identity.changed;
  if (made !== undefined) tally.madeAt.push(made);
}

function findingOf(verdict: Verdict): Finding {
  if (verdict.kind !== "news") return "known";
  return verdict.number === 1 ? "missing" : "changed";
}

/** Each is parsed when it is taken. */
function* eventsOf(rows: readonly EventRow[]): Generator<LoggedEvent> {
  for (const row of rows) yield toEvent(row);
}

function toEvent({ tenant, source, sink, json, ...event }: EventRow): LoggedEvent {
  if (source === "forwarder") {
    const { seq, id, time, received } = event;
    return { seq, id, time, received, sink: sink ?? "", notice: JSON.parse(json.toString()) };
  }
  const stream = { tenantId: tenant, source };
  const record = typeof json === "string" ? JSON.parse(json) : parseRecord(json);
  return { ...event, ...(sink === null ? {} : { sink }), stream, record };
}
