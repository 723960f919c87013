/** Which sinks the state knows, in SQL: where each leads, what it was called before. Runs inside the caller's transaction. */
import type { Connection } from "./database.ts";

const KEPT = "cursor, health, route, opening, delivered, filtered, rejected, missed, resent";

/** Rows of other tables that belong to a sink. */
const BELONGING = ["dead_letter", "replay", "event", "reread"];

export class Roster {
  private readonly statements;

  constructor(db: Connection) {
    this.statements = {
      route: db.prepare("UPDATE sink SET route = @route WHERE name = @name AND route IS NOT @route"),
      isKnown: db.prepare<[string], number>("SELECT count(*) FROM sink WHERE name = ?").pluck(),
      copy: db.prepare(`INSERT INTO sink (name, ${KEPT}) SELECT @to, ${KEPT} FROM sink WHERE name = @from`),
      move: BELONGING.map((table) => db.prepare(`UPDATE ${table} SET sink = @to WHERE sink = @from`)),
      dropLetters: db.prepare("DELETE FROM dead_letter WHERE sink = ?"),
      dropReplays: db.prepare("DELETE FROM replay WHERE sink = ?"),
      // What it was to get again becomes an ordinary backfill.
      dropErrands: db.prepare("UPDATE reread SET sink = NULL WHERE sink = ?"),
      drop: db.prepare("DELETE FROM sink WHERE name = ?"),
    };
  }

  /** Where the sink's collector is. */
  setRoute(name: string, route: string): void {
    this.statements.route.run({ name, route });
  }

  /** Gives a sink another name, with all that is its own. Does nothing when that has been done before. */
  rename(from: string, to: string): void {
    if (this.isKnown(to) || !this.isKnown(from)) return;
    this.statements.copy.run({ from, to });
    for (const move of this.statements.move) move.run({ from, to });
    this.statements.drop.run(from);
  }

  /** Forgets a sink: its cursor, its books, its dead letters and its replays. */
  drop(name: string): void {
    this.statements.dropLetters.run(name);
    this.statements.dropReplays.run(name);
    this.statements.dropErrands.run(name);
    this.statements.drop.run(name);
  }

  isKnown(name: string): boolean {
    return this.statements.isKnown.get(name) === 1;
  }
}
