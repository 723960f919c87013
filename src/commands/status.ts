/** `status`: streams and sinks as the state file tells them, also while the daemon runs. */
import { setTimeout as sleep } from "node:timers/promises";
import { configuredOf } from "../config/configured.ts";
import { readConfig } from "../config/load.ts";
import { printableJson } from "../core/printable.ts";
import { signsOfLife } from "../store/sqlite/database.ts";
import { openStoreReadOnly } from "../store/sqlite/sqlite-store.ts";
import { type Report, reportOf } from "../telemetry/report.ts";
import { statusText } from "./status-text.ts";
import { createTerminal, type Terminal } from "./terminal.ts";

const WATCH_MS = 2_000;

export interface StatusOptions {
  readonly json: boolean;
  /** Looks again every two seconds until it is interrupted. */
  readonly watch: boolean;
}

/**
 * Exit code 0 when the daemon runs and nothing waits for a person to act, else 1; of the last look where there are
 * many. Reads no secrets. Throws ConfigError or StateError.
 */
export async function status(file: string, { json, watch }: StatusOptions): Promise<number> {
  const terminal = createTerminal(process.stdout, process.env);
  if (!watch) return look(file, json, print, terminal);
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort());
  process.once("SIGTERM", () => interrupted.abort());
  for (;;) {
    const code = await look(file, json, json ? print : terminal.draw, terminal);
    await sleep(WATCH_MS, undefined, { signal: interrupted.signal }).catch(() => undefined);
    if (interrupted.signal.aborted) return code;
  }
}

type Show = (text: string) => void;

function print(text: string): void {
  process.stdout.write(text);
}

async function look(file: string, json: boolean, show: Show, terminal: Terminal): Promise<number> {
  const report = await read(file);
  show(json ? `${printableJson(JSON.stringify(report))}\n` : statusText(report, terminal));
  return report.verdict.state === "blocked" || report.verdict.state === "stopped" ? 1 : 0;
}

async function read(file: string): Promise<Report> {
  const config = readConfig(file);
  // Before the state is opened, which may touch its files.
  const life = signsOfLife(config.store.path);
  const store = openStoreReadOnly(config.store.path);
  try {
    return reportOf(await store.status(), configuredOf(config), life, Date.now());
  } finally {
    await store.close();
  }
}
