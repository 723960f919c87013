/** Metrics of sinks: for each, accepted = delivered + filtered + rejected + missed + pending. */
import type { SinkStatus } from "../store/store.ts";
import type { Family } from "./metrics-family.ts";
import type { Observation } from "./observation.ts";

const SINK = ["sink"] as const;

/** Seconds: a batch is answered within one, a collector's outage lasts a day. */
const LAG_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 3_600, 21_600, 86_400];

export class SinkMetrics {
  private readonly failures;
  private readonly lag;
  private readonly counts;
  private readonly gauges;

  constructor(family: Family) {
    this.failures = family.counter("sink_failures_total", "Failed batches, by error code", [...SINK, "code"]);
    this.lag = family.distribution({
      name: "sink_lag_seconds",
      help: "From an event's being read from Graph to the sink's answer for it",
      label: "sink",
      buckets: LAG_BUCKETS,
    });
    this.counts = createCounts(family);
    this.gauges = createGauges(family);
  }

  failed(sink: string, code: string): void {
    this.failures.inc({ sink, code });
  }

  /** So many events were answered for, each this long after it was read. */
  answered(sink: string, lagMs: number, events: number): void {
    this.lag.observe(sink, lagMs / 1_000, events);
  }

  observe({ state, configured, now }: Observation): void {
    for (const metric of [...Object.values(this.counts), ...Object.values(this.gauges)]) metric.reset();
    for (const sink of state.sinks) {
      this.keepBooks(sink);
      if (configured.sinks.has(sink.name)) this.gauge(sink, now);
    }
  }

  private keepBooks({ name: sink, books, deadLetters }: SinkStatus): void {
    for (const name of ["accepted", "delivered", "filtered", "rejected", "missed", "resent"] as const) {
      this.counts[name].inc({ sink }, books[name]);
    }
    this.gauges.pending.set({ sink }, books.pending);
    this.gauges.deadLetters.set({ sink }, deadLetters);
  }

  private gauge({ name: sink, waitingSince = Infinity, health }: SinkStatus, now: number): void {
    this.gauges.oldest.set({ sink }, Math.max(0, now - waitingSince) / 1_000);
    const { condition, trouble } = health;
    this.gauges.condition.set({ sink, condition, code: trouble?.code ?? "" }, 1);
  }
}

function createCounts(family: Family) {
  return {
    accepted: family.counter("sink_accepted_total", "Events accepted since the sink's start", SINK),
    delivered: family.counter("sink_delivered_total", "Events that the sink answered for", SINK),
    filtered: family.counter("sink_filtered_total", "Events that the sink's selection leaves out", SINK),
    rejected: family.counter("sink_rejected_total", "Events that became dead letters", SINK),
    missed: family.counter("sink_missed_total", "Events pruned while no configuration named the sink", SINK),
    resent: family.counter("sink_resent_total", "Events sent again at an operator's wish", SINK),
  };
}

function createGauges(family: Family) {
  return {
    pending: family.gauge("sink_pending_events", "Events that wait for the sink", SINK),
    deadLetters: family.gauge("sink_dead_letters", "Dead letters of the sink", SINK),
    oldest: family.gauge(
      "sink_oldest_event_age_seconds",
      "How long ago the oldest event that waits was read, else 0",
      SINK,
    ),
    condition: family.gauge(
      "sink_condition",
      "Always 1: the labels tell the sink's condition and the error code of its trouble",
      [...SINK, "condition", "code"],
    ),
  };
}
