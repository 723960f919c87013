/**
 * Pages in the event log: an event of a page that is mostly news is its place in it, and the page is kept once, in the gzip
 * in which Graph sent it. That is a tenth of its records' bytes. Runs inside the caller's transaction.
 */
import type { IdentifiedRecord, Records } from "../../core/event.ts";
import { free } from "../../core/free.ts";
import { gunzip } from "../../core/gunzip.ts";
import { MARKS } from "../../core/json-bytes.ts";
import type { Connection } from "./database.ts";
import { damaged, outOfMemory } from "./sqlite-errors.ts";

interface PageRow {
  readonly first: number;
  readonly last: number;
  readonly gzip: Uint8Array;
}

/** An event whose record lies in a page. */
export interface Placed {
  readonly seq: number;
  readonly start: number;
  readonly length: number;
}

/** Both ends included. */
export interface SeqSpan {
  readonly low: number;
  readonly high: number;
}

/** A page that is unpacked. */
interface OpenPage {
  readonly first: number;
  readonly last: number;
  readonly body: Buffer;
}

export class Pages {
  private readonly statements;
  /** What was looked into last: the events behind it lie there too. */
  private open: OpenPage | undefined;

  constructor(db: Connection) {
    this.statements = {
      insert: db.prepare("INSERT INTO page (first, last, gzip) VALUES (?, ?, ?)"),
      of: db.prepare<[number], PageRow>(
        "SELECT first, last, gzip FROM page WHERE first <= ? ORDER BY first DESC LIMIT 1",
      ),
      prune: db.prepare(
        `DELETE FROM page WHERE first <= @high AND last >= @low AND NOT EXISTS
         (SELECT 1 FROM event WHERE seq BETWEEN page.first AND page.last AND start IS NOT NULL)`,
      ),
    };
  }

  /** Where the news of a page goes. */
  shelf(records: Records): Shelf {
    return new Shelf(records, ({ first, last, gzip }) => this.statements.insert.run(first, last, gzip));
  }

  /** The bytes of an event's record, in memory of their own. Throws an error of SQLite's kind where they are not there. */
  record({ seq, start, length }: Placed): Buffer {
    const { body } = this.pageOf(seq);
    const json = body.subarray(start, start + length);
    const isObject = json[0] === MARKS.openObject && json.at(-1) === MARKS.closeObject;
    if (json.length !== length || !isObject) throw damaged(`the record of event ${seq} is not in its page`);
    return Buffer.from(json);
  }

  /** Lets go of what was looked into last. */
  close(): void {
    if (this.open !== undefined) free(this.open.body);
    this.open = undefined;
  }

  /** Deletes the pages of which nothing is needed any more, among those that reach into a span of events. */
  prune({ low, high }: SeqSpan): void {
    this.statements.prune.run({ low, high });
  }

  private pageOf(seq: number): OpenPage {
    if (this.open !== undefined && this.open.first <= seq && seq <= this.open.last) return this.open;
    this.close();
    const row = this.statements.of.get(seq);
    if (row === undefined || row.last < seq) throw damaged(`the page of event ${seq} is missing`);
    const { first, last } = row;
    this.open = { first, last, body: unpacked(row, seq) };
    return this.open;
  }
}

/** Takes the news of one page: into the page, once it is worth keeping, or each as it is. */
export class Shelf {
  private readonly records: Records;
  private readonly keep: (row: PageRow) => void;
  private span: { readonly first: number; last: number } | undefined;
  /** Bytes of what was news so far. */
  private bytes = 0;

  constructor(records: Records, keep: (row: PageRow) => void) {
    this.records = records;
    this.keep = keep;
  }

  /**
   * Whether what is news of so many records is to be placed in the page: once the page is shorter than its news so far, or,
   * where all of these are news, than it would be if all the others were too. Most pages of a sweep have little news, and
   * those of a head have it at their beginning.
   */
  takes(news: readonly { readonly found: Pick<IdentifiedRecord, "json"> }[], of: number): boolean {
    const { gzip, length } = this.records;
    if (gzip === undefined || this.span !== undefined) return gzip !== undefined;
    let bytes = 0;
    for (const { found } of news) bytes += found.json.length;
    this.bytes += bytes;
    const isAllNews = news.length === of && bytes * length > gzip.length * of;
    return isAllNews || this.bytes > gzip.length;
  }

  /** An event was placed in the page. */
  placed(seq: number): void {
    this.span ??= { first: seq, last: seq };
    this.span.last = seq;
  }

  /** Keeps the page if anything was placed in it. */
  end(): void {
    const { gzip } = this.records;
    if (gzip !== undefined && this.span !== undefined) this.keep({ ...this.span, gzip });
  }
}

function unpacked({ gzip }: PageRow, seq: number): Buffer {
  try {
    return gunzip(gzip);
  } catch (error) {
    const found = `the page of event ${seq} cannot be unpacked`;
    throw isOfBytes(error) ? damaged(found, error) : outOfMemory(found, error);
  }
}

/** Whether the packed bytes themselves are at fault. */
function isOfBytes(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^(Z_DATA_ERROR|Z_BUF_ERROR|Z_NEED_DICT|ERR_BUFFER_TOO_LARGE)$/.test(code);
}
