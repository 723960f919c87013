/** The schemas, from the first to the one that this program works with: forward only. */
import type { Connection } from "../database.ts";
import { INITIAL } from "./0001-initial.ts";
import { BOOKS } from "./0002-books.ts";

export const MIGRATIONS: readonly string[] = [INITIAL, BOOKS];

/** Each step in a transaction of its own. */
export function migrate(db: Connection, from: number): void {
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < from) continue;
    const step = db.transaction(() => {
      db.exec(sql);
      db.pragma(`user_version = ${index + 1}`);
    });
    step.immediate();
  }
}
