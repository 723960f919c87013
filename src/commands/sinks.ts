/** `sinks drop`: what the state keeps of a sink that the configuration does not name any more. */
import { RequestError } from "../core/errors.ts";
import { openStoreBeside } from "../store/sqlite/sqlite-operator-store.ts";
import { ask } from "./asked.ts";

/** Throws ConfigError, StateError or RequestError. */
export async function dropSink(name: string, file: string): Promise<void> {
  const { config, path } = ask(file);
  if (config.sinks.some((sink) => sink.name === name)) {
    throw new RequestError(
      "ERF5008",
      `sink ${name} is configured: remove it from ${file} first, and reload the daemon`,
    );
  }
  const heir = config.sinks.find(({ renamedFrom }) => renamedFrom === name);
  const store = openStoreBeside(path, Date.now);
  try {
    await store.dropSink(name, heir?.name);
  } finally {
    await store.close();
  }
  process.stdout.write(`${name}: dropped, with its place in the log, its dead letters and its replays\n`);
}
