/**
 * Metrics in Prometheus' format. The bookkeeping comes from the state, as one look at one moment: for each sink accepted =
 * delivered + filtered + rejected + missed + pending, at every scrape and over restarts.
 */
import type { StreamId } from "../core/event.ts";
import type { Expiry } from "../core/expiry.ts";
import type { Committed } from "../store/store.ts";
import { Family } from "./metrics-family.ts";
import { GraphMetrics } from "./metrics-graph.ts";
import { collectProcessMetrics } from "./metrics-process.ts";
import { SinkMetrics } from "./metrics-sinks.ts";
import { StreamMetrics } from "./metrics-streams.ts";
import type { Observation } from "./observation.ts";

export class Metrics {
  private readonly family = new Family();
  private readonly streams = new StreamMetrics(this.family);
  private readonly sinks = new SinkMetrics(this.family);
  private readonly graph = new GraphMetrics(this.family);
  private readonly present = {
    tenants: this.family.gauge("tenant_info", "Always 1: the labels tell a tenant's name", ["tenant", "name"]),
    events: this.family.gauge("event_log_events", "Events in the event log"),
    bytes: this.family.gauge("event_log_bytes", "Space that the state takes"),
    maxBytes: this.family.gauge("event_log_max_bytes", "Space at which polling pauses until sinks deliver"),
    paused: this.family.gauge("polling_paused", "1 while polling waits for room in the event log (ERF5005), else 0"),
    build: this.family.gauge("build_info", "Always 1: the labels tell the version", ["version", "node"]),
  };

  private readonly expiries = this.family.gauge(
    "credential_expiry_timestamp_seconds",
    "When a credential or certificate expires",
    ["subject"],
  );

  /** Adds what is told of any process; for the one that lasts. */
  collectProcess(): void {
    collectProcessMetrics(this.family.registry);
  }

  get contentType(): string {
    return this.family.registry.contentType;
  }

  /** Takes over what was seen, and nothing of what was seen before, such as a sink's former name. */
  observe(observation: Observation): void {
    this.streams.observe(observation);
    this.sinks.observe(observation);
    this.graph.observe(observation);
    const { state, isPaused, version, configured } = observation;
    for (const metric of Object.values(this.present)) metric.reset();
    for (const [tenant, { name }] of configured.tenants) this.present.tenants.set({ tenant, name }, 1);
    this.present.events.set(state.events);
    this.present.bytes.set(state.bytes);
    this.present.maxBytes.set(configured.maxBytes);
    this.present.paused.set(isPaused ? 1 : 0);
    this.present.build.set({ version, node: process.version }, 1);
  }

  /** What expires when, as far as it is known. */
  expire(expiries: readonly Expiry[]): void {
    this.expiries.reset();
    for (const { subject, expires } of expiries) this.expiries.set({ subject }, expires / 1_000);
  }

  text(): Promise<string> {
    return this.family.text();
  }

  /** `present` is Graph's clock where a poll brought the records, undefined where a re-read did. */
  committed(stream: StreamId, committed: Committed, present?: number): void {
    this.streams.committed(stream, committed, present);
  }

  readFailed(stream: StreamId, code: string): void {
    this.streams.readFailed(stream, code);
  }

  renewalFailed(tenant: string, code: string): void {
    this.graph.renewalFailed(tenant, code);
  }

  sinkFailed(sink: string, code: string): void {
    this.sinks.failed(sink, code);
  }

  sinkAnswered(sink: string, lagMs: number, events: number): void {
    this.sinks.answered(sink, lagMs, events);
  }
}
