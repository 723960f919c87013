/**
 * Metrics in Prometheus' format. The bookkeeping comes from the state, as one look at one moment: for each sink accepted =
 * delivered + filtered + rejected + missed + pending, at every scrape and over restarts.
 */
import { Counter, Gauge, Registry } from "prom-client";
import type { StreamId } from "../core/event.ts";
import type { Committed, SinkStatus, StoreStatus, StreamStatus } from "../store/store.ts";

const STREAM = ["tenant", "source"] as const;
const SINK = ["sink"] as const;

export class Metrics {
  readonly registry = new Registry();
  private readonly known = this.counter("records_known_total", "Records read that were no news", STREAM);
  private readonly failures = this.counter("poll_failures_total", "Failed reads", [...STREAM, "code"]);
  private readonly renewalFailures = this.counter(
    "token_renewal_failures_total",
    "Failed renewals of a token that was still good",
    ["tenant", "code"],
  );
  private readonly sinkFailures = this.counter("sink_failures_total", "Failed batches", [...SINK, "code"]);

  private readonly streams = {
    accepted: this.counter("events_accepted_total", "Revisions appended to the event log", STREAM),
    revised: this.counter("events_revised_total", "Of those, changes of records that were known", STREAM),
    late: this.counter("events_late_total", "Of those, records that appeared below the high-water mark", STREAM),
    repaired: this.counter("events_repaired_total", "Of those, what an audit found missing or changed", STREAM),
    mark: this.gauge("high_water_mark_seconds", "Graph time up to which the head was read", STREAM),
    lost: this.gauge("lost_to_retention_seconds", "Length of the spans that Graph no longer held", STREAM),
  };

  private readonly sinks = {
    accepted: this.counter("sink_accepted_total", "Events accepted since the sink's start", SINK),
    delivered: this.counter("sink_delivered_total", "Events that the sink answered for", SINK),
    filtered: this.counter("sink_filtered_total", "Events that the sink's selection leaves out", SINK),
    rejected: this.counter("sink_rejected_total", "Events that became dead letters", SINK),
    missed: this.counter("sink_missed_total", "Events pruned while no configuration named the sink", SINK),
    resent: this.counter("sink_resent_total", "Events sent again at an operator's wish", SINK),
    pending: this.gauge("sink_pending_events", "Events that wait for the sink", SINK),
    deadLetters: this.gauge("sink_dead_letters", "Dead letters of the sink", SINK),
  };

  /** Takes over what the state says, and nothing of what it does not know any more, such as a sink's former name. */
  observe({ streams, sinks }: StoreStatus): void {
    for (const metric of [...Object.values(this.streams), ...Object.values(this.sinks)]) metric.reset();
    for (const stream of streams) this.observeStream(stream);
    for (const sink of sinks) this.observeSink(sink);
  }

  committed({ tenantId: tenant, source }: StreamId, { known }: Committed): void {
    this.known.inc({ tenant, source }, known);
  }

  readFailed({ tenantId: tenant, source }: StreamId, code: string): void {
    this.failures.inc({ tenant, source, code });
  }

  renewalFailed(tenant: string, code: string): void {
    this.renewalFailures.inc({ tenant, code });
  }

  sinkFailed(sink: string, code: string): void {
    this.sinkFailures.inc({ sink, code });
  }

  private observeStream({ stream, totals, mark, lost }: StreamStatus): void {
    const labels = { tenant: stream.tenantId, source: stream.source };
    for (const name of ["accepted", "revised", "late", "repaired"] as const) {
      this.streams[name].inc(labels, totals[name]);
    }
    let lostMs = 0;
    for (const { from, to } of lost) lostMs += to - from;
    this.streams.lost.set(labels, lostMs / 1000);
    if (mark !== undefined) this.streams.mark.set(labels, mark / 1000);
  }

  private observeSink({ name: sink, books, deadLetters }: SinkStatus): void {
    for (const name of ["accepted", "delivered", "filtered", "rejected", "missed", "resent"] as const) {
      this.sinks[name].inc({ sink }, books[name]);
    }
    this.sinks.pending.set({ sink }, books.pending);
    this.sinks.deadLetters.set({ sink }, deadLetters);
  }

  private counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ name: `entra_risk_forwarder_${name}`, help, labelNames, registers: [this.registry] });
  }

  private gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> {
    return new Gauge({ name: `entra_risk_forwarder_${name}`, help, labelNames, registers: [this.registry] });
  }
}
