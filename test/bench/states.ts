/** States with much in them, made of what the product itself wrote: rows of the same kind, as many as are wanted. */
import Database from "better-sqlite3";

const AT_A_TIME = 100_000;

interface PageSpan {
  readonly first: number;
  readonly last: number;
}

/** Repeats a log page by page until so many events are in it, under new ids and in the books of their streams. */
export function multiplyEvents(path: string, events: number): void {
  withState(path, (db) => {
    const figure = (sql: string) => Number(db.prepare(sql).pluck().get());
    const pages = db.prepare<[], PageSpan>("SELECT first, last FROM page ORDER BY first").all();
    const shelve = db.prepare(
      "INSERT INTO page (first, last, gzip) SELECT first + @shift, last + @shift, gzip FROM page WHERE first = @first",
    );
    const repeat = db.prepare(
      `INSERT INTO event (seq, stream, id, revision, time, received, record, json, start, length)
       SELECT seq + @shift, stream, lower(hex(randomblob(16))), 1, time, received, record, json, start, length
       FROM event WHERE seq BETWEEN @first AND @last`,
    );
    const step = db.transaction(() => {
      for (const { first, last } of pages) {
        const shift = figure("SELECT max(seq) + 1 FROM event") - first;
        shelve.run({ shift, first });
        repeat.run({ shift, first, last });
      }
    });
    while (figure("SELECT count(*) FROM event WHERE sink IS NULL") < events) step();
    db.exec(`UPDATE stream SET accepted = (SELECT count(*) FROM event WHERE stream = stream.id AND sink IS NULL)
             WHERE source <> 'forwarder'`);
  });
}

/** Remembers so many sign-ins of the first stream that has them, one every tenth of a second up to a day ago. */
export function rememberIds(path: string, ids: number, now: number): void {
  withState(path, (db) => {
    const stream = db.prepare("SELECT id FROM stream WHERE source = 'signIns' ORDER BY id LIMIT 1").pluck().get();
    const remember = db.prepare(
      `INSERT INTO seen (stream, created, id, number, revision)
       WITH RECURSIVE place (n) AS (SELECT @from UNION ALL SELECT n + 1 FROM place WHERE n + 1 < @to)
       SELECT @stream, @start + 100 * n, lower(hex(randomblob(16))), 1, lower(hex(randomblob(16))) FROM place`,
    );
    const start = now - 86_400_000 - 100 * ids;
    for (let from = 0; from < ids; from += AT_A_TIME) {
      remember.run({ stream, start, from, to: Math.min(ids, from + AT_A_TIME) });
    }
  });
}

function withState(path: string, work: (db: Database.Database) => void): void {
  const db = new Database(path);
  try {
    db.pragma("synchronous = OFF");
    work(db);
    db.pragma("wal_checkpoint(TRUNCATE)");
  } finally {
    db.close();
  }
}
