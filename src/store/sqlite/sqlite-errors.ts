/** What the driver's errors mean for an operator. */
import Database from "better-sqlite3";
import { messageOf, StateError, TransientError } from "../../core/errors.ts";

export const ROOM_AND_RIGHTS = "It needs free space, and its directory must be writable by the user of the service.";

/** The driver's error code, such as SQLITE_FULL; empty for any other error. */
export function codeOf(error: unknown): string {
  return error instanceof Database.SqliteError ? error.code : "";
}

/** What the file holds contradicts itself, where SQLite itself cannot see it. */
export function damaged(found: string, cause?: unknown): Error {
  return likeSqlite(found, "SQLITE_CORRUPT", cause);
}

/** There was no room in memory: that may pass. */
export function outOfMemory(found: string, cause: unknown): Error {
  return likeSqlite(`${found}: ${messageOf(cause)}`, "SQLITE_NOMEM", cause);
}

/** An error as SQLite itself would tell it. */
function likeSqlite(found: string, code: string, cause: unknown): Error {
  const error = new Database.SqliteError(found, code);
  error.cause = cause;
  return error;
}

export function isCorruption(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error));
}

/** Want of room or of rights, or a disk that fails, as the driver or the file system tells it. */
export function isOfDisk(error: unknown): boolean {
  if (error instanceof Error && "syscall" in error) return true;
  return /^SQLITE_(FULL|IOERR|READONLY|CANTOPEN|PERM)/.test(codeOf(error));
}

/** Whether a disk is full or fails: with more room, or another try, the same may succeed. */
export function mayPass(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return /^SQLITE_(FULL|IOERR)|^(ENOSPC|EDQUOT|EIO)$/.test(String(code));
}

/**
 * As an operator is to hear it, a TransientError where it may pass; what is neither corruption nor of the disk stays as
 * it is.
 */
export function asStateError(error: unknown, path: string): unknown {
  if (error instanceof StateError || error instanceof TransientError) return error;
  if (isCorruption(error)) return corrupt(path, messageOf(error), error);
  if (!isOfDisk(error)) return error;
  const message = `cannot use ${path}: ${messageOf(error)}. ${ROOM_AND_RIGHTS}`;
  return mayPass(error)
    ? new TransientError("ERF5004", message, { cause: error })
    : new StateError("ERF5004", message, error);
}

export function corrupt(path: string, found: string, cause?: unknown): StateError {
  return new StateError(
    "ERF5001",
    `${path} is corrupt: ${found}. Restore a backup of it, or move it away together with ${path}-wal: the forwarder ` +
      "then starts anew and reads `backfill` again, which repeats events to the SIEM but loses none that Graph still has.",
    cause,
  );
}
