/** Sinks in SQL: cursors, what they rejected, their health. Runs inside the caller's transaction. */
import { type Health, NEW_HEALTH } from "../../core/health.ts";
import type { Acknowledgement, SinkState } from "../store.ts";
import type { Connection } from "./database.ts";

interface SinkRow extends SinkState {
  readonly health: string;
}

export class Cursors {
  private readonly statements;

  constructor(db: Connection) {
    this.statements = {
      insert: db.prepare("INSERT OR IGNORE INTO sink (name, cursor, health) VALUES (?, ?, ?)"),
      find: db.prepare<[string], SinkRow>("SELECT * FROM sink WHERE name = ?"),
      all: db.prepare<[], SinkRow>("SELECT * FROM sink ORDER BY name"),
      move: db.prepare("UPDATE sink SET cursor = @cursor WHERE name = @name AND cursor = @expected"),
      health: db.prepare("UPDATE sink SET health = ? WHERE name = ?"),
      reject: db.prepare("INSERT OR REPLACE INTO dead_letter (sink, seq, reason, rejected) VALUES (?, ?, ?, ?)"),
      deadLetters: db.prepare<[string], number>("SELECT count(*) FROM dead_letter WHERE sink = ?").pluck(),
    };
  }

  open(name: string, cursor: number): SinkState {
    this.statements.insert.run(name, cursor, JSON.stringify(NEW_HEALTH));
    const row = this.statements.find.get(name);
    return { name, cursor: row?.cursor ?? cursor };
  }

  acknowledge(name: string, { expected, cursor, rejected }: Acknowledgement, now: number): void {
    const { changes } = this.statements.move.run({ name, cursor, expected });
    if (changes !== 1) throw new Error(`the cursor of sink ${name} is not at ${expected}: another process moved it`);
    for (const { seq, reason } of rejected) this.statements.reject.run(name, seq, reason, now);
  }

  saveHealth(name: string, health: Health): void {
    this.statements.health.run(JSON.stringify(health), name);
  }

  /** What each of the named sinks has answered for; 0 when one is unknown. */
  lowest(names: readonly string[]): number {
    return Math.min(...names.map((name) => this.statements.find.get(name)?.cursor ?? 0));
  }

  all(): (SinkState & { health: Health; deadLetters: number })[] {
    return this.statements.all.all().map(({ name, cursor, health }) => ({
      name,
      cursor,
      health: JSON.parse(health),
      deadLetters: this.statements.deadLetters.get(name) ?? 0,
    }));
  }
}
