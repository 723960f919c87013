/** `state backup`: a copy of the state file, also while the daemon runs. */
import { readConfig } from "../config/load.ts";
import { backUpState } from "../store/sqlite/backup.ts";

/** Reads no secrets. Throws ConfigError, StateError or BackupError. */
export function backup(target: string, file: string): void {
  const { store } = readConfig(file);
  const { schema, events, bytes } = backUpState(store.path, target);
  process.stdout.write(`${target}: schema ${schema}, ${events} events, ${(bytes / 1e6).toFixed(1)} MB\n`);
}
