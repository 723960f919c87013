/** `run`: the daemon until SIGTERM or SIGINT; a second signal ends it at once. SIGHUP reads the configuration again. */
import { setTimeout as sleep } from "node:timers/promises";
import { loadConfig } from "../config/load.ts";
import { StateError, TransientError } from "../core/errors.ts";
import { Daemon } from "../daemon.ts";
import { CalmLog } from "../telemetry/calm-log.ts";
import { createLog, describeError, type Log } from "../telemetry/log.ts";
import { Systemd } from "../telemetry/systemd.ts";
import { Watchdog } from "../telemetry/watchdog.ts";
import { Reloads } from "./reloads.ts";

/** How long a start that found no room waits for the next try. */
const RETRY_MS = 10_000;

/** Exit code 0 after a clean stop, 65 when the state can no longer be used, 70 after a bug. Throws ConfigError or StateError. */
export async function run(file: string, version: string): Promise<number> {
  const reloads = new Reloads();
  process.on("SIGHUP", () => reloads.request());
  const config = loadConfig(file, process.env);
  const log = createLog(config.log);
  const systemd = new Systemd(process.env, log);
  const ended = Promise.withResolvers<number>();
  let isStopping = false;
  // One listener for all: where there is none for a moment, a signal of that moment ends the process by itself.
  const stop = (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(130);
    isStopping = true;
    log.info("stopping", { signal });
    void systemd.stopping();
    ended.resolve(0);
  };
  for (const name of SIGNALS) process.on(name, stop);

  const onFatal = (error: unknown) => ended.resolve(exitCodeAfter(error, log));
  const calm = new CalmLog(log);
  const start = () => Daemon.start({ config, environment: process.env, version, log: calm, onFatal });
  const daemon = await whenThereIsRoom(start, log, ended.promise);
  if (typeof daemon === "number") return daemon;
  const watchdog = new Watchdog({ systemd, pulses: daemon.pulses, summary: () => daemon.summary, log });
  watchdog.start();
  reloads.start({ file, daemon, log, systemd, watchdog, onFatal });
  const exitCode = await ended.promise;
  await reloads.stop();
  await daemon.stop();
  watchdog.stop();
  calm.flush();
  log.info("stopped", { exitCode });
  return exitCode;
}

/** A full disk ends no daemon, and must not keep one from starting either. Answers the exit code where that came first. */
async function whenThereIsRoom(
  start: () => Promise<Daemon>,
  log: Log,
  ended: Promise<number>,
): Promise<Daemon | number> {
  const ending = new AbortController();
  void ended.then(() => ending.abort());
  for (let tries = 1; ; tries += 1) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      if (tries === 1) log.error("cannot start yet, will retry", describeError(error));
    }
    await sleep(RETRY_MS, undefined, { signal: ending.signal }).catch(() => undefined);
    if (!ending.signal.aborted) continue;
    const exitCode = await ended;
    log.info("stopped", { exitCode });
    return exitCode;
  }
}

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

function exitCodeAfter(error: unknown, log: Log): number {
  if (error instanceof StateError) {
    log.error("cannot go on", describeError(error));
    return 65;
  }
  log.error("a bug: please report it", {
    ...describeError(error),
    stack: error instanceof Error ? error.stack : undefined,
  });
  return 70;
}
