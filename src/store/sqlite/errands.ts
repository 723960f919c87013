/**
 * What an operator asked for, in SQL: which ids a backfill, an audit or a repair has met, and what an audit found. A
 * slice that is read twice changes nothing: the first verdict on an id holds. Runs inside the caller's transaction.
 */
import type { ReRead, Span } from "../../core/stream-state.ts";
import type { AuditFindings } from "../store.ts";
import type { StreamKey } from "./checkpoints.ts";
import type { Connection } from "./database.ts";

/** What dedupe says of a record that an operator asked about. */
export type Finding = "known" | "missing" | "changed";

interface AuditRow {
  readonly id: number;
  readonly tenant: string;
  readonly source: AuditFindings["stream"]["source"];
  readonly from: number;
  readonly to: number;
  readonly cut: number | null;
  readonly unreadable: number;
  readonly finished: number | null;
  readonly known: number | null;
  readonly missing: number | null;
  readonly changed: number | null;
}

export class Errands {
  private readonly statements;

  constructor(db: Connection) {
    this.statements = {
      visit: db.prepare("INSERT OR IGNORE INTO visited (reread, id, verdict) VALUES (?, ?, ?)"),
      count: db
        .prepare<[number, Finding], number>("SELECT count(*) FROM visited WHERE reread = ? AND verdict = ?")
        .pluck(),
      forget: db.prepare("DELETE FROM visited WHERE reread = ?"),
      open: db.prepare(
        `INSERT INTO audit (id, stream, start, finish, requested) VALUES (@id, @stream, @from, @to, @requested)`,
      ),
      cut: db.prepare("UPDATE audit SET cut = ? WHERE id = ?"),
      setAside: db.prepare("UPDATE audit SET unreadable = 1 WHERE id = ?"),
      finish: db.prepare(
        `UPDATE audit SET finished = @finished, known = @known, missing = @missing, changed = @changed WHERE id = @id`,
      ),
      audits: db.prepare<[number], AuditRow>(
        `SELECT audit.id AS id, tenant, source, start AS "from", finish AS "to", cut, unreadable, finished, known, missing, changed
         FROM audit JOIN stream ON stream.id = audit.stream WHERE audit.id >= ? ORDER BY audit.id`,
      ),
    };
  }

  /** Begins an audit under the number of its re-read. */
  open(id: number, stream: StreamKey, { from, to }: Span, requested: number): void {
    this.statements.open.run({ id, stream, from, to, requested });
  }

  /** Answers whether the re-read meets the id for the first time. */
  visit(reread: number, id: string, finding: Finding): boolean {
    return this.statements.visit.run(reread, id, finding).changes === 1;
  }

  /** Graph holds nothing of it any more from before a time. */
  cut({ id }: ReRead, time: number): void {
    this.statements.cut.run(time, id);
  }

  /** Some records of it cannot be read now: they have become a re-read of their own. */
  setAside({ id }: ReRead): void {
    this.statements.setAside.run(id);
  }

  /** The re-read is covered to its end. */
  close({ id }: ReRead, finished: number): void {
    const count = (finding: Finding) => this.statements.count.get(id, finding) ?? 0;
    const found = { known: count("known"), missing: count("missing"), changed: count("changed") };
    this.statements.finish.run({ id, finished, ...found });
    this.statements.forget.run(id);
  }

  /** Audits from a number on. */
  audits(from: number): AuditFindings[] {
    return this.statements.audits.all(from).map(toFindings);
  }
}

function toFindings({ id, tenant, source, from, to, cut, unreadable, finished, ...row }: AuditRow): AuditFindings {
  const { known, missing, changed } = row;
  return {
    id,
    stream: { tenantId: tenant, source },
    from,
    to,
    ...(cut === null ? {} : { cutBefore: cut }),
    isWhole: unreadable === 0,
    ...(finished === null ? {} : { found: { known: known ?? 0, missing: missing ?? 0, changed: changed ?? 0 } }),
  };
}
