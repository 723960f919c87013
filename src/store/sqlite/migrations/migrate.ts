/**
 * The schemas, from the first to the one that this program works with: forward only. A state of an older schema is
 * copied, then migrated in one transaction: a kill at any moment leaves it at the old schema or at the new one.
 */
import { existsSync } from "node:fs";
import { messageOf, StateError } from "../../../core/errors.ts";
import { bytesOf, copyBeforeMigration, copyState, removeDraft } from "../copy.ts";
import type { Connection } from "../database.ts";
import { isOfDisk } from "../sqlite-errors.ts";
import { INITIAL } from "./0001-initial.ts";
import { BOOKS } from "./0002-books.ts";
import { NOTICES } from "./0003-notices.ts";
import { BYTES_AND_KEYS } from "./0004-bytes-and-keys.ts";
import { PAGES } from "./0005-pages.ts";

export const MIGRATIONS: readonly string[] = [INITIAL, BOOKS, NOTICES, BYTES_AND_KEYS, PAGES];

/** From one schema to another; `copy` is where the state of the old one is kept. */
interface Migration {
  readonly from: number;
  readonly to: number;
  readonly copy: string;
}

/** Told before each step and at the end, for the log: a large state takes a minute. */
export type OnMigration = (stage: "copying" | "migrating" | "migrated", migration: Migration) => void;

export interface Upgrade {
  readonly path: string;
  readonly from: number;
  readonly migrations: readonly string[];
  readonly onMigration: OnMigration;
}

/** Brings the state of schema `from` up to the last of `migrations`. Throws StateError where a copy has no room. */
export function upgrade(db: Connection, { path, from, migrations, onMigration }: Upgrade): void {
  const migration = { from, to: migrations.length, copy: copyBeforeMigration(path, from) };
  if (migration.from === migration.to) return;
  onMigration("copying", migration);
  copyBefore(db, path, migration);
  onMigration("migrating", migration);
  migrate(db, from, migrations);
  onMigration("migrated", migration);
}

export function migrate(db: Connection, from: number, migrations: readonly string[] = MIGRATIONS): void {
  const steps = db.transaction(() => {
    for (const sql of migrations.slice(from)) db.exec(sql);
    db.pragma(`user_version = ${migrations.length}`);
  });
  steps.immediate();
}

/**
 * A copy that is there already is replaced, never trusted: it is complete, but the older version may have run on since
 * it was made. Until the new one is complete the old one stays.
 */
function copyBefore(db: Connection, path: string, { from, to, copy }: Migration): void {
  try {
    removeDraft(copy);
    copyState(db, copy);
  } catch (error) {
    if (!isOfDisk(error)) throw error;
    const earlier = existsSync(copy) ? ` (${copy}, from an earlier start, may be removed for it)` : "";
    throw new StateError(
      "ERF5004",
      `cannot copy ${path} to ${copy} before its migration from schema ${from} to ${to}: ${messageOf(error)}. ` +
        `Nothing is changed. Make ${Math.ceil(bytesOf(db) / 1e6)} MB of room${earlier}, or run the version that wrote it.`,
      error,
    );
  }
}
