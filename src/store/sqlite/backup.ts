/** A copy of the state for an operator, made while the daemon runs or while it does not. */
import { existsSync } from "node:fs";
import { BackupError, messageOf } from "../../core/errors.ts";
import { bytesOf, type Copied, copyState, draftOf } from "./copy.ts";
import { type Connection, openDatabaseReadOnly } from "./database.ts";
import { asStateError, isCorruption, isOfDisk } from "./sqlite-errors.ts";

/** Copies the state to a file that is not there yet. Throws StateError or BackupError. */
export function backUpState(path: string, target: string): Copied {
  const db = openDatabaseReadOnly(path, { allowsOlder: true });
  try {
    requireAbsent(target);
    return copyState(db, target);
  } catch (error) {
    throw refusal(error, { db, path, target });
  } finally {
    db.close();
  }
}

/** Looked at beforehand: whoever else may write there is an operator too. */
function requireAbsent(target: string): void {
  if (existsSync(target)) {
    throw new BackupError("ERF5006", `${target} is there already: a backup overwrites nothing. Name another file.`);
  }
  const draft = draftOf(target);
  if (existsSync(draft)) {
    throw new BackupError(
      "ERF5006",
      `${draft} is there already: another backup is writing it, or was interrupted. Remove it if none is running.`,
    );
  }
}

interface Attempt {
  readonly db: Connection;
  readonly path: string;
  readonly target: string;
}

function refusal(error: unknown, { db, path, target }: Attempt): unknown {
  if (isCorruption(error)) return asStateError(error, path);
  if (!isOfDisk(error)) return error;
  const room = Math.ceil(bytesOf(db) / 1e6);
  return new BackupError(
    "ERF5006",
    `cannot write ${target}: ${messageOf(error)}. Its directory must be there, be writable and have ${room} MB of room.`,
    error,
  );
}
