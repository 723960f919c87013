/** Tells of tokens that could not be renewed ahead of time: the stream still reads, but not for much longer. */
import { ForwarderError } from "../core/errors.ts";
import { describeError, type Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

export class Renewals {
  private readonly log: Log;
  private readonly metrics: Metrics;
  /** Code of the last failure of each tenant that fails. */
  private readonly codes = new Map<string, string>();

  constructor(log: Log, metrics: Metrics) {
    this.log = log;
    this.metrics = metrics;
  }

  /** Logs a change once and counts every failure. */
  ended(tenantId: string, error?: unknown): void {
    if (error === undefined) {
      if (this.codes.delete(tenantId)) this.log.info("token renewed again", { tenantId });
      return;
    }
    const code = error instanceof ForwarderError ? error.code : "none";
    this.metrics.renewalFailed(tenantId, code);
    if (this.codes.get(tenantId) === code) return;
    this.codes.set(tenantId, code);
    this.log.warn("token not renewed, the one at hand is used to its end", { tenantId, ...describeError(error) });
  }
}
