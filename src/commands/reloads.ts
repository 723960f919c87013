/**
 * Answers SIGHUP: reads the configuration again and hands it to the daemon. One reload at a time; signals that come
 * meanwhile are answered by one more, for only the latest file counts. One that comes before the daemon runs waits for
 * it, and one that comes after it does nothing.
 */
import { loadConfig } from "../config/load.ts";
import type { Changes } from "../core/changes.ts";
import { ConfigError, TransientError } from "../core/errors.ts";
import type { Daemon, Reloaded } from "../daemon.ts";
import { type AdjustableLog, describeError, type Metadata } from "../telemetry/log.ts";
import type { Systemd } from "../telemetry/systemd.ts";
import type { Watchdog } from "../telemetry/watchdog.ts";

export interface ReloadParts {
  readonly file: string;
  readonly daemon: Daemon;
  readonly log: AdjustableLog;
  readonly systemd: Systemd;
  readonly watchdog: Watchdog;
  readonly onFatal: (error: unknown) => void;
}

/** More names than that would make a line that nobody reads. */
const MOST_NAMES = 20;

export class Reloads {
  private parts: ReloadParts | undefined;
  private isAsked = false;
  private working: Promise<void> | undefined;

  /** The daemon runs. */
  start(parts: ReloadParts): void {
    this.parts = parts;
    this.workOff();
  }

  /** Waits for the reload that is under way; no other begins. */
  async stop(): Promise<void> {
    this.parts = undefined;
    await this.working;
  }

  request(): void {
    this.isAsked = true;
    this.workOff();
  }

  private workOff(): void {
    const { parts } = this;
    if (!this.isAsked || this.working !== undefined || parts === undefined) return;
    this.isAsked = false;
    this.working = reload(parts)
      .catch(parts.onFatal)
      .finally(() => {
        this.working = undefined;
        this.workOff();
      });
  }
}

async function reload({ file, daemon, log, systemd, watchdog }: ReloadParts): Promise<void> {
  void systemd.reloading();
  try {
    const config = loadConfig(file, process.env);
    const reloaded = await daemon.reload(config);
    log.follow(config.log);
    const changes = changesOf(reloaded);
    if (Object.keys(changes).length === 0) log.info("configuration unchanged");
    else log.info("configuration reloaded", changes);
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof TransientError)) throw error;
    log.error("configuration not reloaded, the one before goes on", describeError(error));
  } finally {
    watchdog.ready();
  }
}

/** `sinksAdded` and the like, with the names, where there are any. */
function changesOf({ sinks, streams, settings }: Reloaded): Metadata {
  const named = { ...prefixed("sinks", sinks), ...prefixed("streams", streams), settings };
  const filled = Object.entries(named).filter(([, names]) => names.length > 0);
  return Object.fromEntries(filled.map(([key, names]) => [key, shortened(names)]));
}

function prefixed(what: string, { added, removed, changed }: Changes): Readonly<Record<string, readonly string[]>> {
  return { [`${what}Added`]: added, [`${what}Removed`]: removed, [`${what}Changed`]: changed };
}

function shortened(names: readonly string[]): readonly string[] {
  if (names.length <= MOST_NAMES) return names;
  return [...names.slice(0, MOST_NAMES), `and ${names.length - MOST_NAMES} more`];
}
