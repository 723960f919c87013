/** Dead letters in SQL, as an operator looks at them. Runs inside the caller's transaction. */
import type { DeadLetter } from "../operator-store.ts";
import type { Connection } from "./database.ts";

const LETTERS = `SELECT dead_letter.sink AS sink, dead_letter.seq AS seq, reason, rejected, tenant AS tenantId, source,
    event.id AS id, revision, time, coalesce(CAST(json AS TEXT), record) AS record
  FROM dead_letter JOIN event ON event.seq = dead_letter.seq JOIN stream ON stream.id = event.stream`;

export class DeadLetters {
  private readonly statements;

  constructor(db: Connection) {
    this.statements = {
      all: db.prepare<[], DeadLetter>(`${LETTERS} ORDER BY dead_letter.sink, dead_letter.seq`),
      of: db.prepare<[string], DeadLetter>(`${LETTERS} WHERE dead_letter.sink = ? ORDER BY dead_letter.seq`),
      seqs: db.prepare<[string], number>("SELECT seq FROM dead_letter WHERE sink = ? ORDER BY seq").pluck(),
      resend: db.prepare(
        `INSERT INTO event (stream, id, revision, time, received, record, sink, json)
         SELECT stream, id, revision, time, @now, record, @sink, json FROM event WHERE seq = @seq`,
      ),
      drop: db.prepare("DELETE FROM dead_letter WHERE sink = @sink AND seq = @seq"),
    };
  }

  of(sink: string | undefined): DeadLetter[] {
    return sink === undefined ? this.statements.all.all() : this.statements.of.all(sink);
  }

  seqs(sink: string): number[] {
    return this.statements.seqs.all(sink);
  }

  /** Appends the event once more, for its sink alone, and forgets the dead letter. */
  resend(sink: string, seq: number, now: number): void {
    this.statements.resend.run({ sink, seq, now });
    this.drop(sink, seq);
  }

  drop(sink: string, seq: number): void {
    this.statements.drop.run({ sink, seq });
  }
}
