/**
 * The SQLite file: opened, checked and locked. A file that is corrupt, foreign, newer or in use is refused with the way
 * out; it is never silently started empty. Only this folder knows the database driver.
 */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readlinkSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { messageOf, StateError } from "../../core/errors.ts";
import { copyBeforeMigration, draftOf } from "./copy.ts";
import { MIGRATIONS, migrate, type OnMigration, upgrade } from "./migrations/migrate.ts";
import { moveIntoPlace } from "./move-into-place.ts";
import { asStateError, codeOf, corrupt, mayPass, ROOM_AND_RIGHTS } from "./sqlite-errors.ts";

/** "ERF1" in the file's header: what tells our file from any other SQLite file. */
const APPLICATION_ID = 0x45524631;

/** Above this size the start checks the header only: a full check reads about 1 GB per second. */
const QUICK_CHECK_BELOW_BYTES = 256 * 1024 * 1024;

/** How long a starting daemon waits for the lock: a `status` that looks whether it is held holds it for an instant. */
const LOCK_PATIENCE_MS = 500;

export type Connection = Database.Database;

export interface Opening {
  /** The schemas in order, up to the one that is to be opened; by default that of this program. */
  readonly migrations?: readonly string[];
  readonly onMigration?: OnMigration;
}

/**
 * Opens the state for the daemon, creating it when there is none and migrating an older one. Throws StateError, or
 * TransientError where the disk is full or fails.
 */
export function openDatabase(path: string, opening: Opening = {}): Connection {
  const { migrations = MIGRATIONS, onMigration = () => {} } = opening;
  requireTarget(path);
  if (!existsSync(path)) createState(path);
  requireContent(path);
  const db = connectForWriting(path);
  try {
    const schema = verify(db, path, migrations.length);
    // A restored copy has no write-ahead log yet.
    db.pragma("journal_mode = WAL");
    // Always explicit: a reopened file would fall back to NORMAL, which may lose the last commits at a power loss.
    db.pragma("synchronous = FULL");
    db.pragma("wal_autocheckpoint = 1000");
    // In KiB. What a page of records changes must fit: else it is written, and read again, before it is committed.
    db.pragma("cache_size = -8000");
    db.pragma("busy_timeout = 5000");
    upgrade(db, { path, from: schema, migrations, onMigration });
    return db;
  } catch (error) {
    db.close();
    throw asStateError(error, path);
  }
}

/** Opens the state to look at, while a daemon may be running. Throws StateError, for an older schema too if not allowed. */
export function openDatabaseReadOnly(path: string, { allowsOlder = false } = {}): Connection {
  requireReadable(path);
  requireContent(path);
  const db = connectForReading(path);
  try {
    const schema = verify(db, path, MIGRATIONS.length);
    if (schema < MIGRATIONS.length && !allowsOlder) throw older(path, schema);
    return db;
  } catch (error) {
    db.close();
    throw asStateError(error, path);
  }
}

/** Opens an existing state for short writes beside the daemon; never creates or migrates one. Throws StateError. */
export function openDatabaseBeside(path: string): Connection {
  requireReadable(path);
  requireContent(path);
  const db = connectForWriting(path);
  try {
    const schema = verify(db, path, MIGRATIONS.length);
    if (schema < MIGRATIONS.length) throw older(path, schema);
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
    if (mayPass(error)) throw asStateError(error, path);
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

/** What a link leads to may be on a disk that is not mounted yet: a new state would take the place of the link. */
function requireTarget(path: string): void {
  if (existsSync(path) || lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return;
  throw new StateError(
    "ERF5004",
    `${path} is a link to ${readlinkSync(path)}, which is not there. Mount the disk that holds it, or remove the link to start anew.`,
  );
}

/**
 * Made under another name and moved into place, so that a kill in the middle leaves no half-made state behind. Without a
 * write-ahead log: where that no longer fits into the file, closing tells nothing of it.
 */
function create(path: string): void {
  if (existsSync(`${path}-wal`)) throw corrupt(path, `the file is missing although ${path}-wal is there`);
  const draft = draftOf(path);
  for (const file of [draft, `${draft}-journal`]) rmSync(file, { force: true });
  const db = connectForWriting(draft);
  try {
    db.pragma("page_size = 16384");
    db.pragma("auto_vacuum = INCREMENTAL");
    db.pragma(`application_id = ${APPLICATION_ID}`);
    migrate(db, 0);
  } finally {
    db.close();
  }
  moveIntoPlace(draft, path);
}

/** Before SQLite sees it: beside an empty file it would delete the write-ahead log, which may hold all that is left. */
function requireContent(path: string): void {
  if (statSync(path).size === 0) throw corrupt(path, "it is empty");
}

/** Answers the file's schema, `newest` at most. */
function verify(db: Connection, path: string, newest: number): number {
  if (db.pragma("application_id", { simple: true }) !== APPLICATION_ID) {
    throw corrupt(path, "it is not a state file of entra-risk-forwarder");
  }
  const schema = Number(db.pragma("user_version", { simple: true }));
  if (schema > newest) throw newer(path, schema, newest);
  if (statSync(path).size < QUICK_CHECK_BELOW_BYTES) {
    const result = db.pragma("quick_check(1)", { simple: true });
    if (result !== "ok") throw corrupt(path, String(result));
  }
  return schema;
}

/** Names the copy that was made before the state was migrated, where it is still there. */
function newer(path: string, schema: number, known: number): StateError {
  const copies = Array.from({ length: known }, (_, index) => copyBeforeMigration(path, known - index));
  const copy = copies.find((file) => existsSync(file));
  const wayBack =
    copy === undefined
      ? "restore a backup from before the upgrade"
      : `restore ${copy}, which was made before the upgrade: what was read since then is read and sent again`;
  return new StateError(
    "ERF5002",
    `${path} was written by a newer version (schema ${schema}, this one knows ${known}). Run the newer version, or ${wayBack}.`,
  );
}

function older(path: string, schema: number): StateError {
  return new StateError(
    "ERF5007",
    `${path} was written by an older version (schema ${schema}, this one works with ${MIGRATIONS.length}). Start this ` +
      "version's daemon, which copies the state and brings it up to date; only `state backup` works before that.",
  );
}
