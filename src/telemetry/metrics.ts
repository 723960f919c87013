/** Metrics in Prometheus' format: counters for the bookkeeping (accepted = delivered + rejected + waiting). */
import { Counter, Gauge, Registry } from "prom-client";
import type { StreamId } from "../core/event.ts";
import type { Committed } from "../store/store.ts";

export class Metrics {
  readonly registry = new Registry();
  private readonly accepted = this.counter("events_accepted_total", "Revisions appended to the event log", [
    "tenant",
    "source",
    "kind",
  ]);
  private readonly known = this.counter("records_known_total", "Records read that were no news", ["tenant", "source"]);
  private readonly late = this.counter("events_late_total", "Records that appeared below the high-water mark", [
    "tenant",
    "source",
  ]);
  private readonly failures = this.counter("poll_failures_total", "Failed reads", ["tenant", "source", "code"]);
  private readonly renewalFailures = this.counter(
    "token_renewal_failures_total",
    "Failed renewals of a token that was still good",
    ["tenant", "code"],
  );
  private readonly delivered = this.counter("events_delivered_total", "Events that a sink answered for", ["sink"]);
  private readonly rejected = this.counter("events_rejected_total", "Events that a sink rejected for good", ["sink"]);
  private readonly sinkFailures = this.counter("sink_failures_total", "Failed batches", ["sink", "code"]);
  private readonly mark = this.gauge("high_water_mark_seconds", "Graph time up to which the head was read", [
    "tenant",
    "source",
  ]);

  committed({ tenantId: tenant, source }: StreamId, { first, revised, known, late, state }: Committed): void {
    this.accepted.inc({ tenant, source, kind: "first" }, first);
    this.accepted.inc({ tenant, source, kind: "revised" }, revised);
    this.known.inc({ tenant, source }, known);
    this.late.inc({ tenant, source }, late);
    if (state.mark !== undefined) this.mark.set({ tenant, source }, state.mark / 1000);
  }

  readFailed({ tenantId: tenant, source }: StreamId, code: string): void {
    this.failures.inc({ tenant, source, code });
  }

  renewalFailed(tenant: string, code: string): void {
    this.renewalFailures.inc({ tenant, code });
  }

  answered(sink: string, delivered: number, rejected: number): void {
    this.delivered.inc({ sink }, delivered);
    this.rejected.inc({ sink }, rejected);
  }

  sinkFailed(sink: string, code: string): void {
    this.sinkFailures.inc({ sink, code });
  }

  private counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name: `entra_risk_forwarder_${name}`, help, labelNames, registers: [this.registry] });
  }

  private gauge<Label extends string>(name: string, help: string, labelNames: Label[]): Gauge<Label> {
    return new Gauge({ name: `entra_risk_forwarder_${name}`, help, labelNames, registers: [this.registry] });
  }
}
