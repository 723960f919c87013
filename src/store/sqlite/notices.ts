/** The forwarder's notices in SQL: events of a stream of its own. Runs inside the caller's transaction. */
import type { Announcement } from "../../core/notice.ts";
import type { Connection } from "./database.ts";

/** The stream that notices belong to, as the schema made it. */
const STREAM = "(SELECT id FROM stream WHERE tenant = '' AND source = 'forwarder')";

export class Notices {
  private readonly statements;

  constructor(db: Connection) {
    this.statements = {
      append: db.prepare(
        `INSERT INTO event (stream, id, revision, time, received, record, sink)
         VALUES (${STREAM}, @id, 1, @time, @now, @record, @sink)`,
      ),
      // Asked for each heartbeat: to look for a notice could be to walk a whole backfill each time.
      oldestWaiting: db
        .prepare<[{ sink: string }], number>(
          `SELECT received FROM event WHERE sink = @sink AND seq > (SELECT cursor FROM sink WHERE name = @sink)
             ORDER BY seq LIMIT 1`,
        )
        .pluck(),
      newest: db.prepare<[string], { seq: number; kind: string }>(
        `SELECT seq, json_extract(record, '$.kind') AS kind FROM event WHERE sink = ? AND stream = ${STREAM}
           AND kind IN ('started', 'stopping') ORDER BY seq DESC LIMIT 1`,
      ),
    };
  }

  /** Whether the newest that some sinks were told of starts and stops is a start. */
  isStarted(sinks: readonly string[]): boolean {
    const found = sinks.flatMap((sink) => this.statements.newest.get(sink) ?? []);
    return found.toSorted((a, b) => b.seq - a.seq).at(0)?.kind === "started";
  }

  append({ sink, id, time, notice }: Announcement, staleBefore: number, now: number): void {
    if (notice.kind === "heartbeat" && this.isBehind(sink, staleBefore)) return;
    this.statements.append.run({ sink, id, time, now, record: JSON.stringify(notice) });
  }

  /** Whether a sink has not taken what it alone is to get, and that from before a time. */
  private isBehind(sink: string, staleBefore: number): boolean {
    return (this.statements.oldestWaiting.get({ sink }) ?? Number.POSITIVE_INFINITY) < staleBefore;
  }
}
