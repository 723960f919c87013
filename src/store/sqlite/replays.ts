/** Replays in SQL: temporary cursors of sinks. Runs inside the caller's transaction. */
import { BlockedError } from "../../core/errors.ts";
import { type Health, NEW_HEALTH } from "../../core/health.ts";
import type { Acknowledgement, Replay, ReplayStatus } from "../store.ts";
import type { Connection } from "./database.ts";

interface ReplayRow extends Replay {
  readonly resent: number;
  readonly health: string;
}

/** What lies behind the last place with an event may have been pruned: the place that it was to end at is never met. */
const IS_AT_ITS_END = "NOT EXISTS (SELECT 1 FROM event WHERE seq > replay.cursor AND seq <= replay.finish)";

export class Replays {
  private readonly statements;

  constructor(db: Connection) {
    this.statements = {
      insert: db.prepare("INSERT INTO replay (sink, cursor, finish, health) VALUES (@name, @cursor, @finish, @health)"),
      all: db.prepare<[], ReplayRow>("SELECT id, sink AS name, cursor, finish, resent, health FROM replay ORDER BY id"),
      find: db.prepare<[number], ReplayRow>(
        "SELECT id, sink AS name, cursor, finish, resent, health FROM replay WHERE id = ?",
      ),
      move: db.prepare(
        "UPDATE replay SET cursor = @cursor, resent = resent + @resent WHERE id = @id AND cursor = @expected",
      ),
      finish: db.prepare(`DELETE FROM replay WHERE id = ? AND ${IS_AT_ITS_END}`),
      finishAll: db.prepare(`DELETE FROM replay WHERE ${IS_AT_ITS_END}`),
      health: db.prepare("UPDATE replay SET health = ? WHERE id = ?"),
      drop: db.prepare("DELETE FROM replay WHERE sink = ?"),
    };
  }

  open(name: string, cursor: number, finish: number): void {
    this.statements.insert.run({ name, cursor, finish, health: JSON.stringify(NEW_HEALTH) });
  }

  /** The sink of a replay whose cursor it moves. */
  acknowledge(id: number, { expected, cursor, fates }: Acknowledgement): string {
    const row = this.statements.find.get(id);
    if (row === undefined) throw isGone(id);
    const { changes } = this.statements.move.run({ id, expected, cursor, resent: fates.resent });
    if (changes !== 1) {
      throw new Error(`the cursor of replay ${id} is not at ${expected}: another process moved it`);
    }
    this.statements.finish.run(id);
    return row.name;
  }

  /** Ends those of which the log holds nothing any more: they would keep it from being pruned for ever. */
  endEmpty(): void {
    this.statements.finishAll.run();
  }

  saveHealth(id: number, health: Health): void {
    this.statements.health.run(JSON.stringify(health), id);
  }

  /** What the replays of each of the named sinks have answered for; Infinity without one. */
  lowest(names: readonly string[]): number {
    const cursors = this.all().flatMap(({ name, cursor }) => (names.includes(name) ? [cursor] : []));
    return Math.min(...cursors);
  }

  /** Ends all replays of a sink. */
  drop(name: string): void {
    this.statements.drop.run(name);
  }

  all(): Omit<ReplayStatus, "backlog">[] {
    return this.statements.all.all().map((row) => ({ ...row, health: JSON.parse(row.health) }));
  }
}

function isGone(id: number): BlockedError {
  return new BlockedError(
    "ERF5009",
    `replay ${id} was dropped from the state, with its sink, while the daemon sends it`,
    "Nothing: it ends by itself. Reload the daemon if the configuration does not name the sink any more.",
  );
}
