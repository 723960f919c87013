/** Metrics of streams. Lag and lateness are by source alone: with a thousand tenants they would be 30,000 series. */
import { SOURCE_NAMES, type StreamId } from "../core/event.ts";
import type { Committed, StreamStatus } from "../store/store.ts";
import { isConfigured } from "./configured.ts";
import type { Family } from "./metrics-family.ts";
import type { Observation } from "./observation.ts";

const STREAM = ["tenant", "source"] as const;

/** Seconds: Microsoft shows sign-ins within minutes, risk within hours. */
const PUBLICATION_BUCKETS = [15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 86_400];
/** Seconds: as far as the longest sweeps reach, and beyond. */
const LATENESS_BUCKETS = [60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400, 172_800, 259_200];

export class StreamMetrics {
  private readonly family: Family;
  private readonly known;
  private readonly failures;
  private readonly publication;
  private readonly lateness;
  private readonly counts;
  private readonly gauges;

  constructor(family: Family) {
    this.family = family;
    this.known = family.counter("records_known_total", "Records read that were no news", STREAM);
    this.failures = family.counter("poll_failures_total", "Failed reads, by error code", [...STREAM, "code"]);
    this.publication = family.distribution({
      name: "publication_lag_seconds",
      help: "From a record's time in Graph to its being read by a poll",
      label: "source",
      buckets: PUBLICATION_BUCKETS,
    });
    this.lateness = family.distribution({
      name: "lateness_seconds",
      help: "How far below the high-water mark a late record lies",
      label: "source",
      buckets: LATENESS_BUCKETS,
    });
    this.counts = this.createCounts();
    this.gauges = this.createGauges();
  }

  /** `present` is Graph's clock; undefined for what a re-read brought, which says nothing of the present. */
  committed({ tenantId: tenant, source }: StreamId, committed: Committed, present: number | undefined): void {
    this.known.inc({ tenant, source }, committed.known);
    for (const lateMs of committed.lateByMs) this.lateness.observe(source, lateMs / 1_000);
    if (present === undefined) return;
    for (const madeAt of committed.madeAt) this.publication.observe(source, (present - madeAt) / 1_000);
  }

  readFailed({ tenantId: tenant, source }: StreamId, code: string): void {
    this.failures.inc({ tenant, source, code });
  }

  observe({ state, configured, graph, now }: Observation): void {
    for (const metric of [...Object.values(this.counts), ...Object.values(this.gauges)]) metric.reset();
    const presents = new Map(graph.tenants.map(({ tenantId, present }) => [tenantId, present]));
    for (const stream of state.streams) {
      this.count(stream);
      if (!isConfigured(stream.stream, configured)) continue;
      this.gauge(stream, presents.get(stream.stream.tenantId) ?? now);
    }
    for (const source of SOURCE_NAMES) this.gauges.every.set({ source }, configured.everyMs[source] / 1_000);
  }

  private count({ stream, totals, lost }: StreamStatus): void {
    const labels = { tenant: stream.tenantId, source: stream.source };
    for (const name of ["accepted", "revised", "late", "repaired"] as const)
      this.counts[name].inc(labels, totals[name]);
    let lostMs = 0;
    for (const { from, to } of lost) lostMs += to - from;
    this.counts.lost.inc(labels, lostMs / 1_000);
  }

  /** `present` is Graph's clock: a host whose clock is wrong must not make a mark look old. */
  private gauge({ stream, mark, rereads, health }: StreamStatus, present: number): void {
    const labels = { tenant: stream.tenantId, source: stream.source };
    if (mark !== undefined) {
      this.gauges.mark.set(labels, mark / 1_000);
      this.gauges.age.set(labels, Math.max(0, present - mark) / 1_000);
    }
    for (const { reason } of rereads) this.gauges.rereads.inc({ ...labels, reason });
    const { condition, trouble } = health;
    this.gauges.condition.set({ ...labels, condition, code: trouble?.code ?? "" }, 1);
  }

  private createCounts() {
    const { family } = this;
    return {
      accepted: family.counter("events_accepted_total", "Revisions appended to the event log", STREAM),
      revised: family.counter("events_revised_total", "Of those, changes of records that were known", STREAM),
      late: family.counter("events_late_total", "Of those, records that appeared below the high-water mark", STREAM),
      repaired: family.counter("events_repaired_total", "Of those, what an audit found missing or changed", STREAM),
      lost: family.counter("lost_to_retention_seconds_total", "Length of the spans that Graph no longer held", STREAM),
    };
  }

  private createGauges() {
    const { family } = this;
    return {
      mark: family.gauge("high_water_mark_timestamp_seconds", "Graph time up to which the head was read", STREAM),
      age: family.gauge("high_water_mark_age_seconds", "How far the high-water mark is behind Graph's present", STREAM),
      rereads: family.gauge("open_rereads", "Re-reads that are not finished, by reason", [...STREAM, "reason"]),
      condition: family.gauge(
        "stream_condition",
        "Always 1: the labels tell the stream's condition and the error code of its trouble",
        [...STREAM, "condition", "code"],
      ),
      every: family.gauge("poll_interval_seconds", "Configured polling interval", ["source"]),
    };
  }
}
