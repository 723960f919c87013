/**
 * The SQLite file: opened, checked and locked. A file that is corrupt, foreign, newer or in use is refused with the way
 * out; it is never silently started empty. Only this folder knows the database driver.
 */
import { accessSync, closeSync, constants, existsSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { messageOf, StateError } from "../../core/errors.ts";
import { MIGRATIONS, migrate } from "./migrations/migrate.ts";
import { asStateError, codeOf, corrupt, ROOM_AND_RIGHTS } from "./sqlite-errors.ts";

/** "ERF1" in the file's header: what tells our file from any other SQLite file. */
const APPLICATION_ID = 0x45524631;

/** Above this size the start checks the header only: a full check reads about 1 GB per second. */
const QUICK_CHECK_BELOW_BYTES = 256 * 1024 * 1024;

/** How long a starting daemon waits for the lock: a `status` that looks whether it is held holds it for an instant. */
const LOCK_PATIENCE_MS = 500;

export type Connection = Database.Database;

/** Opens the state for the daemon, creating it when there is none. Throws StateError. */
export function openDatabase(path: string): Connection {
  if (!existsSync(path)) createState(path);
  const db = connectForWriting(path);
  try {
    verify(db, path);
    // Always explicit: a reopened file would fall back to NORMAL, which may lose the last commits at a power loss.
    db.pragma("synchronous = FULL");
    db.pragma("wal_autocheckpoint = 1000");
    db.pragma("busy_timeout = 5000");
    return db;
  } catch (error) {
    db.close();
    throw asStateError(error, path);
  }
}

/** Opens the state to look at, while a daemon may be running. Throws StateError. */
export function openDatabaseReadOnly(path: string): Connection {
  requireReadable(path);
  const db = connectForReading(path);
  try {
    verify(db, path);
    return db;
  } catch (error) {
    db.close();
    throw asStateError(error, path);
  }
}

/** Opens an existing state for short writes beside the daemon; never creates or migrates one. Throws StateError. */
export function openDatabaseBeside(path: string): Connection {
  requireReadable(path);
  const db = connectForWriting(path);
  try {
    verify(db, path, { mayMigrate: false });
    db.pragma("synchronous = FULL");
    db.pragma("busy_timeout = 5000");
    return db;
  } catch (error) {
    db.close();
    throw asStateError(error, path);
  }
}

/**
 * Holds the state for this process until `close()`: a lock of the operating system on a file beside it, which a
 * killed process gives up at once. Throws StateError when another process has it.
 */
export function lockState(path: string): Connection {
  const lock = connectForWriting(`${path}.lock`);
  try {
    lock.pragma(`busy_timeout = ${LOCK_PATIENCE_MS}`);
    lock.pragma("locking_mode = EXCLUSIVE");
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock.close();
    if (codeOf(error).startsWith("SQLITE_BUSY")) {
      throw new StateError(
        "ERF5003",
        `${path} is in use by another running instance. Stop it first, or give this one another store.path.`,
      );
    }
    throw asStateError(error, path);
  }
}

/** What can be told of the daemon from outside. */
export interface SignsOfLife {
  /** Whether a process holds the state. */
  readonly running: boolean;
  /** When the state was last written, in epoch milliseconds of the host's clock. */
  readonly lastWritten: number;
}

/** Looks for the daemon that works on a state, without creating or changing anything. Throws StateError. */
export function signsOfLife(path: string): SignsOfLife {
  requireReadable(path);
  // A reader that comes after the daemon may leave an empty log behind, which is no sign of life.
  const written = [path, `${path}-wal`]
    .map((file) => statSync(file, { throwIfNoEntry: false }))
    .map((found) => (found === undefined || found.size === 0 ? 0 : found.mtimeMs));
  return { running: isLocked(`${path}.lock`), lastWritten: Math.round(Math.max(...written)) };
}

function isLocked(path: string): boolean {
  if (!existsSync(path)) return false;
  const lock = connectForReading(path);
  try {
    lock.pragma("busy_timeout = 0");
    lock.prepare("SELECT count(*) FROM sqlite_master").get();
    return false;
  } catch (error) {
    if (codeOf(error).startsWith("SQLITE_BUSY")) return true;
    throw asStateError(error, path);
  } finally {
    lock.close();
  }
}

/** Tells a state that is not there from one that must not be looked at. */
function requireReadable(path: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EACCES" || code === "EPERM") {
      throw new StateError(
        "ERF5004",
        `cannot look into ${dirname(path)}: permission denied; run it as root or as the service's user`,
        error,
      );
    }
    throw new StateError(
      "ERF5004",
      `no state file at ${path} yet: the daemon has not started with this configuration, or is just starting; ` +
        "see its log (journalctl -u entra-risk-forwarder)",
      error,
    );
  }
}

/** A file that is new is for this user alone, whatever the umask; SQLite gives -wal and -shm the mode of the file. */
function connectForWriting(path: string): Connection {
  try {
    if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
    return new Database(path);
  } catch (error) {
    throw new StateError("ERF5004", `cannot open ${path}: ${messageOf(error)}. ${ROOM_AND_RIGHTS}`, error);
  }
}

function connectForReading(path: string): Connection {
  try {
    return new Database(path, { readonly: true });
  } catch (error) {
    throw new StateError("ERF5004", `cannot open ${path}: ${messageOf(error)}. ${ROOM_AND_RIGHTS}`, error);
  }
}

function createState(path: string): void {
  try {
    create(path);
  } catch (error) {
    throw asStateError(error, path);
  }
}

/** Made under another name and moved into place, so that a kill in the middle leaves no half-made state behind. */
function create(path: string): void {
  if (existsSync(`${path}-wal`)) throw corrupt(path, `the file is missing although ${path}-wal is there`);
  const draft = `${path}.new`;
  rmSync(draft, { force: true });
  const db = connectForWriting(draft);
  db.pragma("page_size = 16384");
  db.pragma("auto_vacuum = INCREMENTAL");
  db.pragma("journal_mode = WAL");
  db.pragma(`application_id = ${APPLICATION_ID}`);
  migrate(db, 0);
  db.close();
  renameSync(draft, path);
}

interface Rights {
  readonly mayMigrate: boolean;
}

function verify(db: Connection, path: string, { mayMigrate }: Rights = { mayMigrate: !db.readonly }): void {
  if (db.pragma("application_id", { simple: true }) !== APPLICATION_ID) {
    throw corrupt(path, "it is not a state file of entra-risk-forwarder");
  }
  const version = Number(db.pragma("user_version", { simple: true }));
  if (version > MIGRATIONS.length) {
    throw new StateError(
      "ERF5002",
      `${path} was written by a newer version (schema ${version}, this one knows ${MIGRATIONS.length}). ` +
        "Run the newer version, or restore the copy from before the upgrade.",
    );
  }
  if (statSync(path).size < QUICK_CHECK_BELOW_BYTES) {
    const result = db.pragma("quick_check(1)", { simple: true });
    if (result !== "ok") throw corrupt(path, String(result));
  }
  if (mayMigrate) return migrate(db, version);
  if (version < MIGRATIONS.length) {
    throw new StateError(
      "ERF5002",
      `${path} was written by an older version (schema ${version}, this one knows ${MIGRATIONS.length}). ` +
        "Start the daemon of this version once: it brings the state up to date.",
    );
  }
}
