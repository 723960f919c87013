/** `replay`: sends events of the log again to one sink, through a temporary cursor that live events do not wait for. */
import { openStoreBeside } from "../store/sqlite/sqlite-operator-store.ts";
import { ask, requireConfiguredSink, when } from "./asked.ts";

export interface ReplayOptions {
  readonly config: string;
  readonly sink: string;
  /** Events received since this, in epoch milliseconds. */
  readonly since: number;
}

/** Throws ConfigError, StateError or RequestError. */
export async function replay({ config: file, sink, since }: ReplayOptions): Promise<void> {
  const { config, path, isRunning } = ask(file);
  requireConfiguredSink(config, sink);
  const store = openStoreBeside(path, Date.now);
  try {
    const { events, from } = await store.requestReplay({ sink, since });
    const begin = new Date(from).toISOString();
    process.stdout.write(`${sink}: ${events} events of the log, the first received ${begin}; ${when(isRunning)}\n`);
  } finally {
    await store.close();
  }
}
