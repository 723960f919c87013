/** `dead-letters list | show | replay | drop`: what sinks rejected for good. */
import { printable, printableJson } from "../core/printable.ts";
import type { DeadLetter, DeadLetterChoice, OperatorStore } from "../store/operator-store.ts";
import { openStoreBeside } from "../store/sqlite/sqlite-operator-store.ts";
import { ask, requireConfiguredSink, when } from "./asked.ts";

export interface ListOptions {
  readonly config: string;
  readonly sink?: string | undefined;
  readonly json: boolean;
}

export interface DeadLetterOptions extends DeadLetterChoice {
  readonly config: string;
}

/** Throws ConfigError or StateError. */
export async function listDeadLetters({ config, sink, json }: ListOptions): Promise<void> {
  const letters = await withStore(config, (store) => store.deadLetters(sink));
  const lines = json ? letters.map(jsonOf) : letters.map(lineOf);
  process.stdout.write(lines.length === 0 ? "" : `${lines.join("\n")}\n`);
}

/** Whole, with the record as Graph returned it. Throws ConfigError, StateError or RequestError. */
export async function showDeadLetters({ config, ...choice }: DeadLetterOptions): Promise<void> {
  const letters = await withStore(config, (store) => store.chosen(choice));
  for (const letter of letters) {
    const whole = { ...letter, rejected: time(letter.rejected), record: JSON.parse(letter.record) };
    process.stdout.write(`${printableJson(JSON.stringify(whole, null, 2))}\n`);
  }
}

/** Throws ConfigError, StateError or RequestError. */
export async function replayDeadLetters({ config: file, ...choice }: DeadLetterOptions): Promise<void> {
  const { config, isRunning } = ask(file);
  requireConfiguredSink(config, choice.sink);
  const count = await withStore(file, (store) => store.resend(choice));
  process.stdout.write(`${choice.sink}: ${count} dead letters are sent again; ${when(isRunning)}\n`);
}

/** Throws ConfigError, StateError or RequestError. */
export async function dropDeadLetters({ config, ...choice }: DeadLetterOptions): Promise<void> {
  const count = await withStore(config, (store) => store.drop(choice));
  process.stdout.write(`${choice.sink}: ${count} dead letters dropped\n`);
}

async function withStore<T>(file: string, work: (store: OperatorStore) => Promise<T>): Promise<T> {
  const store = openStoreBeside(ask(file).path, Date.now);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

function lineOf({ sink, seq, rejected, tenantId, source, id, revision, reason }: DeadLetter): string {
  return printable(`${sink} ${seq}  ${time(rejected)}  ${tenantId} ${source} ${id}@${revision}  ${reason}`);
}

function jsonOf({ record, rejected, ...letter }: DeadLetter): string {
  return printableJson(JSON.stringify({ ...letter, rejected: time(rejected), record: JSON.parse(record) }));
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
