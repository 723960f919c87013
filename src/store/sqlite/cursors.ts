/** Sinks in SQL: cursors, books, what they rejected, their health. Runs inside the caller's transaction. */
import { BlockedError } from "../../core/errors.ts";
import type { Rejection } from "../../core/event.ts";
import { type Health, NEW_HEALTH } from "../../core/health.ts";
import { type Acknowledgement, type Fates, MAX_DEAD_LETTERS, type SinkState } from "../store.ts";
import type { Connection } from "./database.ts";

interface SinkRow extends SinkState, Fates {
  readonly route: string | null;
  readonly opening: number;
  readonly health: string;
}

/** A sink as its row tells it. `opening` is what all streams had accepted when it began. */
interface SinkFound extends SinkState {
  readonly route?: string;
  readonly opening: number;
  readonly fates: Fates;
  readonly health: Health;
  readonly deadLetters: number;
}

export class Cursors {
  private readonly statements;

  constructor(db: Connection) {
    this.statements = {
      insert: db.prepare(
        "INSERT OR IGNORE INTO sink (name, cursor, opening, health) VALUES (@name, @cursor, @opening, @health)",
      ),
      find: db.prepare<[string], SinkRow>("SELECT * FROM sink WHERE name = ?"),
      all: db.prepare<[], SinkRow>("SELECT * FROM sink ORDER BY name"),
      move: db.prepare(
        `UPDATE sink SET cursor = @cursor, delivered = delivered + @delivered, filtered = filtered + @filtered,
           rejected = rejected + @rejected, missed = missed + @missed, resent = resent + @resent
         WHERE name = @name AND cursor = @expected`,
      ),
      overlook: db.prepare("UPDATE sink SET opening = opening - 1 WHERE cursor < ?"),
      health: db.prepare("UPDATE sink SET health = ? WHERE name = ?"),
      reject: db.prepare("INSERT OR REPLACE INTO dead_letter (sink, seq, reason, rejected) VALUES (?, ?, ?, ?)"),
      deadLetters: db.prepare<[string], number>("SELECT count(*) FROM dead_letter WHERE sink = ?").pluck(),
    };
  }

  /** `start` and `opening` are for a new sink: its cursor, and the events that count as accepted before it. */
  open(name: string, start: number, opening: number): SinkState & { health: Health } {
    this.statements.insert.run({ name, cursor: start, opening, health: JSON.stringify(NEW_HEALTH) });
    const row = this.statements.find.get(name);
    if (row === undefined) throw new Error(`sink ${name} was not opened`);
    return { name, cursor: row.cursor, health: JSON.parse(row.health) };
  }

  acknowledge(name: string, { expected, cursor, fates, rejected }: Acknowledgement, now: number): void {
    const { changes } = this.statements.move.run({ name, cursor, expected, ...fates });
    if (changes !== 1) throw this.isElsewhere(name, expected);
    this.reject(name, rejected, now);
  }

  reject(name: string, rejected: readonly Rejection[], now: number): void {
    for (const { seq, reason } of rejected) this.statements.reject.run(name, seq, reason, now);
  }

  /**
   * An event for one sink alone was pruned. It was never counted as accepted, but sinks that had not passed it will meet
   * a gap and count it as missed: their books must hold it from now on.
   */
  overlook(seq: number): void {
    this.statements.overlook.run(seq);
  }

  private isElsewhere(name: string, expected: number): Error {
    if (this.statements.find.get(name) !== undefined) {
      return new Error(`the cursor of sink ${name} is not at ${expected}: another process moved it`);
    }
    return new BlockedError(
      "ERF5009",
      `sink ${name} was dropped from the state while the daemon delivers to it`,
      "Reload the daemon if the configuration does not name it any more; else it begins anew by itself.",
    );
  }

  saveHealth(name: string, health: Health): void {
    this.statements.health.run(JSON.stringify(health), name);
  }

  /** How many more dead letters of a sink there is room for. */
  room(name: string): number {
    return MAX_DEAD_LETTERS - (this.statements.deadLetters.get(name) ?? 0);
  }

  /** What each of the named sinks has answered for; 0 when one is unknown. */
  lowest(names: readonly string[]): number {
    return Math.min(...names.map((name) => this.statements.find.get(name)?.cursor ?? 0));
  }

  all(): SinkFound[] {
    return this.statements.all.all().map(({ name, cursor, route, opening, health, ...row }) => ({
      name,
      ...(route === null ? {} : { route }),
      cursor,
      opening,
      fates: fatesOf(row),
      health: JSON.parse(health),
      deadLetters: this.statements.deadLetters.get(name) ?? 0,
    }));
  }
}

function fatesOf({ delivered, filtered, rejected, missed, resent }: Fates): Fates {
  return { delivered, filtered, rejected, missed, resent };
}
