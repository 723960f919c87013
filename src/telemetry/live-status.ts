/** What the running daemon tells of itself: the report of the moment, and the hours before it. */
import type { Risk } from "../core/event.ts";
import type { Expiry } from "../core/expiry.ts";
import type { StoreStatus } from "../store/store.ts";
import type { Configured } from "./configured.ts";
import { History, type HistoryReport } from "./history.ts";
import { type Report, reportOf } from "./report.ts";

/** A look at the state is shared by all who ask within this time: open pages must not cost the loops anything. */
const SHARED_MS = 1_000;
/** So often the history looks at the state. */
const SAMPLE_MS = 10_000;

export interface LiveStatusParts {
  readonly look: () => Promise<StoreStatus>;
  readonly version: string;
  /** What expires when, as it was last looked at. */
  readonly expiries: () => readonly Expiry[];
  /** Host time in epoch milliseconds. */
  readonly now: () => number;
}

export class LiveStatus {
  private readonly parts: LiveStatusParts;
  private readonly started: number;
  private readonly past = new History();
  private held: Configured;
  private latest: { readonly until: number; readonly report: Promise<Report> } | undefined;
  /** The ten seconds of the latest sample. */
  private sampled: number | undefined;

  constructor(parts: LiveStatusParts, configured: Configured) {
    this.parts = parts;
    this.held = configured;
    this.started = parts.now();
  }

  /** What the state is held against. */
  get configured(): Configured {
    return { ...this.held, expiries: this.parts.expiries() };
  }

  /** What the state is held against from now on. */
  follow(configured: Configured): void {
    this.held = configured;
    this.latest = undefined;
  }

  /** Throws TransientError or StateError when the state cannot be read. */
  report(): Promise<Report> {
    const now = performance.now();
    if (this.latest === undefined || now >= this.latest.until) {
      this.latest = { until: now + SHARED_MS, report: this.look() };
    }
    return this.latest.report;
  }

  history(): HistoryReport {
    return this.past.report();
  }

  /** Counts events that were accepted. */
  accepted(risks: readonly Risk[]): void {
    this.past.count(risks, this.parts.now());
  }

  /** To be called every second with host time: takes a sample now and then. Throws what `report` throws. */
  async tick(now: number): Promise<void> {
    const turn = Math.floor(now / SAMPLE_MS);
    if (turn === this.sampled) return;
    this.past.observe(await this.look());
    this.sampled = turn;
  }

  private async look(): Promise<Report> {
    const { look, version, now } = this.parts;
    return reportOf(await look(), this.configured, { running: true, version, started: this.started }, now());
  }
}
