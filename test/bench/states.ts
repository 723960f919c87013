/** States with much in them, made of what the product itself wrote: rows of the same kind, as many as are wanted. */
import Database from "better-sqlite3";

const AT_A_TIME = 100_000;

/** Repeats the events of a log until so many are in it, under new ids and in the books of their streams. */
export function multiplyEvents(path: string, events: number): void {
  withState(path, (db) => {
    const count = () => Number(db.prepare("SELECT count(*) FROM event WHERE sink IS NULL").pluck().get());
    const repeat = db.prepare(
      `INSERT INTO event (stream, id, revision, time, received, record, json)
       SELECT stream, lower(hex(randomblob(16))), 1, time, received, record, json FROM event WHERE sink IS NULL LIMIT ?`,
    );
    for (let left = events - count(); left > 0; left = events - count()) repeat.run(Math.min(left, AT_A_TIME));
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
