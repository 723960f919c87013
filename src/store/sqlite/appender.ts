/** Dedupe, and what it lets into the event log, in SQL. Runs inside the caller's transaction. */
import type { Follower, IdentifiedRecord, RecordEvent, Records, Risk, StreamId } from "../../core/event.ts";
import { judge, type Verdict } from "../../core/news.ts";
import { hashOfText } from "../../core/revision.ts";
import { isErrand, type ReRead } from "../../core/stream-state.ts";
import type { Committed } from "../store.ts";
import type { StreamKey } from "./checkpoints.ts";
import type { Connection } from "./database.ts";
import { Errands, type Finding } from "./errands.ts";
import type { Keys, NearKeys } from "./keys.ts";
import type { Pages, Shelf } from "./pages.ts";

/**
 * So many records are parsed, then written, then packed: what each of these steps works with stays in the processor's
 * caches, and so few do not outlive the young generation. One by one the path costs a fifth more (measured).
 */
const HANDFUL = 64;
/** Parsed, a hostile record takes many times its bytes. */
const HANDFUL_BYTES = 1_000_000;

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
  readonly shelf: Shelf;
}

/** A record that is to be appended. */
interface Accepted {
  readonly found: IdentifiedRecord;
  readonly number: number;
  /** The only sink that gets it. Absent: it is news, for every sink. */
  readonly sink?: string;
}

export class Appender {
  private readonly statements;
  private readonly keys: Keys;
  private readonly pages: Pages;
  private readonly errands: Errands;

  constructor(db: Connection, keys: Keys, pages: Pages) {
    this.keys = keys;
    this.pages = pages;
    this.errands = new Errands(db);
    this.statements = {
      append: db.prepare(
        `INSERT INTO event (stream, id, revision, time, received, record, sink, json, start, length)
         VALUES (?, ?, ?, ?, ?, '', ?, ?, ?, ?)`,
      ),
    };
  }

  append(batch: Batch): Appended {
    const tally: Tally = { first: 0, revised: 0, known: 0, resent: 0, lateByMs: [], madeAt: [], risks: [] };
    const shelf = this.pages.shelf(batch.records);
    const working = { batch, tally, keys: this.keys.around(batch.stream), shelf };
    for (const handful of handfulsOf(batch.records)) {
      for (const event of this.appendNews(handful, working)) batch.follower.appended(event);
    }
    shelf.end();
    return { ...tally, late: tally.lateByMs.length };
  }

  /** Dedupes a handful of records, writes what is accepted and answers what every sink is to get. */
  private appendNews(handful: readonly IdentifiedRecord[], working: Working): AppendedEvent[] {
    working.keys.cover(handful);
    const accepted = handful.map((found) => this.take(found, working)).filter((taken) => taken !== undefined);
    const isPlaced = working.shelf.takes(accepted, handful.length);
    return accepted.map((taken) => this.write(taken, isPlaced, working)).filter((event) => event !== undefined);
  }

  /** Dedupes one record. */
  private take(found: IdentifiedRecord, { batch, tally, keys }: Working): Accepted | undefined {
    const { row, stream } = batch;
    const digest = hashOfText(found.bare);
    if (!isAsked(row) && found.hint !== undefined && keys.isSame(found.hint, digest)) {
      tally.known += 1;
      return undefined;
    }
    const { identity } = found;
    const verdict = judge(keys.of(identity), identity);
    const isMet = this.isMet(batch, found, verdict);
    if (row?.reason === "audit") return undefined;
    if (verdict.kind === "news") {
      keys.remember(identity, verdict.number, digest);
      return { found, number: verdict.number };
    }
    if (verdict.kind === "touched") keys.touch(identity, verdict.number, digest);
    tally.known += 1;
    if (row?.sink === undefined || isMet) return undefined;
    tally.resent += 1;
    // Once more, for one sink, under the revision number that it has.
    return { found, number: this.keys.of(stream, identity).at(-1)?.number ?? 1, sink: row.sink };
  }

  /** Whether the errand that brought a record has met its id before, in a slice that was read twice for instance. */
  private isMet({ row }: Batch, { identity }: IdentifiedRecord, verdict: Verdict): boolean {
    if (!isAsked(row)) return false;
    return !this.errands.visit(row.id, identity.id, findingOf(verdict));
  }

  private write(taken: Accepted, isPlaced: boolean, { batch, tally, shelf }: Working): AppendedEvent | undefined {
    const { found, number, sink = null } = taken;
    const { json, start, record, identity } = found;
    const { stream, now } = batch;
    const { id, time = now } = identity;
    const place = isPlaced ? [null, start, json.length] : [json, null, null];
    const { lastInsertRowid } = this.statements.append.run(stream, id, number, time, now, sink, ...place);
    const seq = Number(lastInsertRowid);
    if (isPlaced) shelf.placed(seq);
    if (sink !== null) return undefined;
    const event = { seq, stream: batch.id, id, revision: number, time, received: now, record };
    count(tally, found, event, batch.mark);
    return event;
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

/** What an operator asked for looks into every record, known or not. */
function isAsked(row: ReRead | undefined): row is ReRead {
  return row !== undefined && isErrand(row);
}

function findingOf(verdict: Verdict): Finding {
  if (verdict.kind !== "news") return "known";
  return verdict.number === 1 ? "missing" : "changed";
}
