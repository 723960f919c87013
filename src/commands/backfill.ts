/** `backfill`: asks the daemon to read a span of Graph again. What was accepted before is sent again to `sink` alone, if any. */
import { printable } from "../core/printable.ts";
import { openStoreBeside } from "../store/sqlite/sqlite-operator-store.ts";
import { ask, chosenStreams, requireConfiguredSink, type StreamChoice, when, withoutUnread } from "./asked.ts";

export interface BackfillOptions extends StreamChoice {
  readonly config: string;
  /** Epoch milliseconds. */
  readonly since: number;
  readonly until: number;
  /** The sink that gets what was accepted before once more. */
  readonly sink?: string | undefined;
}

/** Throws ConfigError, StateError or RequestError. */
export async function backfill({ config: file, since, until, sink, ...choice }: BackfillOptions): Promise<void> {
  const { config, path, isRunning } = ask(file);
  if (sink !== undefined) requireConfiguredSink(config, sink);
  const streams = chosenStreams(config, choice);
  const store = openStoreBeside(path, Date.now);
  try {
    const again = sink === undefined ? {} : { sink };
    const { unread } = await store.requestReReads(
      streams.map((stream) => ({ stream, reason: "backfill", from: since, to: until, ...again })),
    );
    const names = withoutUnread(streams, unread).map(({ tenant, source }) => `${tenant} ${source}`);
    process.stdout.write(`${printable(names.join(", "))}: will be read again; ${when(isRunning)}\n`);
  } finally {
    await store.close();
  }
}
