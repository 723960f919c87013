/**
 * Tells systemd how the service is (sd_notify(3)). Does nothing where systemd does not ask to be told.
 *
 * Node.js has no datagram socket of the unix kind, so `systemd-notify` speaks for us, which the unit allows with
 * NotifyAccess=all. It waits until systemd has read the message, so that none is lost with its sender's end.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { messageOf } from "../core/errors.ts";
import type { Log } from "./log.ts";

const run = promisify(execFile);

/** It takes a few milliseconds; a systemd that is itself busy must not keep a stop waiting. */
const DEADLINE_MS = 5_000;

export class Systemd {
  private readonly environment: NodeJS.ProcessEnv;
  private readonly log: Log;
  /** The latest message: one after the other, for systemd must not hear of READY before RELOADING. */
  private latest: Promise<boolean> = Promise.resolve(true);
  private hasFailed = false;

  constructor(environment: NodeJS.ProcessEnv, log: Log) {
    this.environment = environment;
    this.log = log;
  }

  /** How long the service may go without `alive`, in milliseconds; undefined: for ever. */
  get watchdogMs(): number | undefined {
    const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID } = this.environment;
    const isMeant = NOTIFY_SOCKET !== undefined && (WATCHDOG_PID ?? String(process.pid)) === String(process.pid);
    const ms = Number(WATCHDOG_USEC) / 1_000;
    return isMeant && ms > 0 ? ms : undefined;
  }

  /** Answers false where systemd did not hear it: it waits for it, and ends a service that never says so. */
  ready(status: string): Promise<boolean> {
    return this.tell("READY=1", `STATUS=${status}`);
  }

  reloading(): Promise<boolean> {
    return this.tell("RELOADING=1", "STATUS=reading the configuration again");
  }

  stopping(): Promise<boolean> {
    return this.tell("STOPPING=1", "STATUS=delivering and confirming what is on its way");
  }

  status(text: string): Promise<boolean> {
    return this.tell(`STATUS=${text}`);
  }

  alive(): Promise<boolean> {
    return this.tell("WATCHDOG=1");
  }

  private tell(...assignments: readonly string[]): Promise<boolean> {
    if (this.environment["NOTIFY_SOCKET"] === undefined) return Promise.resolve(true);
    this.latest = this.latest.then(() => this.send(assignments));
    return this.latest;
  }

  /** That systemd does not hear us is its business to notice; the service itself goes on. */
  private async send(assignments: readonly string[]): Promise<boolean> {
    try {
      await run("systemd-notify", assignments, { env: this.environment, timeout: DEADLINE_MS });
      this.hasFailed = false;
      return true;
    } catch (error) {
      if (!this.hasFailed) this.log.warn("systemd could not be told", { error: messageOf(error) });
      this.hasFailed = true;
      return false;
    }
  }
}
