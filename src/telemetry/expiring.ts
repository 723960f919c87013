/** Tells of credentials and certificates that are about to expire: each once at 30, 14, 7 and 1 days, and at its end. */
import { daysLeft, type Expiry, type Threshold, thresholdOf } from "../core/expiry.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

export interface ExpiringParts {
  /** Answers what expires when, as it is now. */
  readonly read: () => readonly Expiry[];
  readonly metrics: Metrics;
  readonly log: Log;
  /** Host time in epoch milliseconds. */
  readonly now: () => number;
  /** Called once for each threshold that is passed, with the days that are left; 0: it has expired. */
  readonly onExpiring: (expiry: Expiry, days: number) => void;
}

export class Expiring {
  private readonly parts: ExpiringParts;
  private expiries: readonly Expiry[] = [];
  /** What was said of each that was last seen; one that is renewed begins anew. */
  private told: ReadonlyMap<string, Threshold | undefined> = new Map();

  constructor(parts: ExpiringParts) {
    this.parts = parts;
  }

  /** What was found at the last look. */
  get latest(): readonly Expiry[] {
    return this.expiries;
  }

  look(): void {
    const { read, metrics, now } = this.parts;
    const expiries = read();
    metrics.expire(expiries);
    this.expiries = expiries;
    const told = new Map<string, Threshold | undefined>();
    for (const expiry of expiries) {
      const { subject, expires } = expiry;
      const threshold = thresholdOf(expires, now());
      const key = `${subject} ${expires}`;
      told.set(key, threshold);
      if (threshold !== undefined && threshold !== this.told.get(key)) this.tell(expiry, threshold);
    }
    this.told = told;
  }

  private tell(expiry: Expiry, threshold: Threshold): void {
    const { log, now, onExpiring } = this.parts;
    const { expires, remedy, ...whose } = expiry;
    const days = daysLeft(expires, now());
    const details = { code: "ERF1007", ...whose, days, expires: new Date(expires).toISOString(), remedy };
    if (threshold === 0) log.error("credential or certificate has expired", details);
    else if (threshold === 1) log.error("credential or certificate expires within a day", details);
    else log.warn("credential or certificate about to expire", details);
    onExpiring(expiry, days);
  }
}
