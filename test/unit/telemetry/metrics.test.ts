import { expect, it } from "vitest";
import type { SinkStatus, StoreStatus } from "../../../src/store/store.ts";
import { Metrics } from "../../../src/telemetry/metrics.ts";

function stateWith(name: string, delivered: number): StoreStatus {
  const books = { accepted: delivered, delivered, filtered: 0, rejected: 0, missed: 0, pending: 0, resent: 0 };
  const health = { condition: "working", failures: 0 } as const;
  const sink: SinkStatus = { name, cursor: delivered, health, backlog: 0, books, deadLetters: 0 };
  return { streams: [], sinks: [sink], replays: [], events: 0, bytes: 0 };
}

it("tells what the state says, and nothing of a sink by the name that it had before", async () => {
  const metrics = new Metrics();
  metrics.observe(stateWith("old", 7));
  metrics.observe(stateWith("new", 9));
  metrics.observe(stateWith("new", 9));

  const text = await metrics.registry.metrics();

  expect(text).toContain('entra_risk_forwarder_sink_delivered_total{sink="new"} 9\n');
  expect(text).toContain('entra_risk_forwarder_sink_pending_events{sink="new"} 0\n');
  expect(text).not.toContain("old");
});
