import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { SinkStatus, StoreStatus, StreamStatus } from "../../../src/store/store.ts";
import { Metrics } from "../../../src/telemetry/metrics.ts";
import type { Observation } from "../../../src/telemetry/observation.ts";
import { metricsOf } from "../../support/exposition.ts";
import { configuredWith } from "../../support/report.ts";

const NOW = 1_790_000_000_000;
const stream = { tenantId: "t1", source: "signIns" } as const;

function sinkStatus(name: string, changes: Partial<SinkStatus> = {}): SinkStatus {
  const books = { accepted: 7, delivered: 7, filtered: 0, rejected: 0, missed: 0, pending: 0, resent: 0 };
  const health = { condition: "working", failures: 0 } as const;
  return { name, cursor: 7, health, backlog: 0, books, deadLetters: 0, ...changes };
}

function streamStatus(changes: Partial<StreamStatus> = {}): StreamStatus {
  const totals = { accepted: 7, revised: 3, late: 2, repaired: 1 };
  const health = { condition: "working", failures: 0 } as const;
  return { stream, born: 0, rereads: [], sweeps: [], health, totals, lost: [], ...changes };
}

function seen(state: Partial<StoreStatus>, changes: Partial<Observation> = {}): Observation {
  return {
    version: "1.2.3",
    now: NOW,
    state: { streams: [], sinks: [], replays: [], events: 0, bytes: 0, ...state },
    configured: { ...configuredWith(0, ["siem"]), tenants: new Map([["t1", { name: "one", sources: ["signIns"] }]]) },
    graph: { tenants: [], apps: [] },
    isPaused: false,
    ...changes,
  };
}

async function told(...observations: readonly Observation[]): Promise<string> {
  const metrics = new Metrics();
  for (const observation of observations) metrics.observe(observation);
  return metrics.text();
}

describe("Metrics", () => {
  it("tells what the state says, and nothing of a sink by the name that it had before", async () => {
    const [before, after] = ["old", "new"].map((name) => seen({ sinks: [sinkStatus(name)] }));

    const text = await told(before!, after!, after!);

    expect(text).toContain('entra_risk_forwarder_sink_delivered_total{sink="new"} 7\n');
    expect(text).toContain('entra_risk_forwarder_sink_pending_events{sink="new"} 0\n');
    expect(text).not.toContain('"old"');
  });

  it("tells trouble with its stable code, of what is configured alone", async () => {
    const trouble = { code: "ERF3007", message: "no", since: 0 } as const;
    const health = { condition: "blocked", failures: 1, trouble } as const;
    const removed = { ...stream, source: "riskyUsers" } as const;
    const streams = [streamStatus({ health }), streamStatus({ health, stream: removed })];

    const text = await told(seen({ streams, sinks: [sinkStatus("siem", { health }), sinkStatus("gone", { health })] }));

    expect(text.match(/condition=.*/g)).toEqual([
      'condition="blocked",code="ERF3007"} 1',
      'condition="blocked",code="ERF3007"} 1',
    ]);
    expect(text).toContain('stream_condition{tenant="t1",source="signIns",condition="blocked",code="ERF3007"} 1\n');
    expect(text).toContain('sink_condition{sink="siem",condition="blocked",code="ERF3007"} 1\n');
  });

  it("tells the mark's age by Graph's clock, and what waits, was lost and is read again", async () => {
    const row = { id: 1, reason: "sweep", from: 0, to: 9, position: 0, sliceMs: 1, failures: 0 } as const;
    const lost = [
      { from: 0, to: 5_000 },
      { from: 9_000, to: 10_000 },
    ];
    const streams = [streamStatus({ mark: NOW - 3_600_000 - 30_000, rereads: [row, { ...row, id: 2 }], lost })];
    const graph = { tenants: [{ tenantId: "t1", present: NOW - 3_600_000, budgets: [] }], apps: [] };
    const sinks = [sinkStatus("siem", { waitingSince: NOW - 90_000 })];

    const text = await told(seen({ streams, sinks }, { graph, isPaused: true }));

    expect(text).toContain('high_water_mark_age_seconds{tenant="t1",source="signIns"} 30\n');
    expect(text).toContain('open_rereads{tenant="t1",source="signIns",reason="sweep"} 2\n');
    expect(text).toContain('lost_to_retention_seconds_total{tenant="t1",source="signIns"} 6\n');
    expect(text).toContain('sink_oldest_event_age_seconds{sink="siem"} 90\n');
    expect(text).toContain("polling_paused 1\n");
  });

  it("tells lag of what a poll brought, lateness of what any read brought", async () => {
    const metrics = new Metrics();
    const committed = { first: 2, revised: 0, known: 4, resent: 0, late: 1, lateByMs: [90_000] };
    const page = { ...committed, madeAt: [NOW - 20_000, NOW + 5_000], risks: [], state: streamStatus() };

    metrics.committed(stream, page, NOW);
    metrics.committed(stream, page);
    metrics.sinkAnswered("siem", 700, 1_000);

    const text = await metrics.text();
    expect(text).toContain('publication_lag_seconds_bucket{source="signIns",le="15"} 1\n');
    expect(text).toContain('publication_lag_seconds_count{source="signIns"} 2\n');
    expect(text).toContain('lateness_seconds_bucket{source="signIns",le="120"} 2\n');
    expect(text).toContain('sink_lag_seconds_bucket{sink="siem",le="0.5"} 0\n');
    expect(text).toContain('sink_lag_seconds_bucket{sink="siem",le="1"} 1000\n');
    expect(text).toContain('sink_lag_seconds_sum{sink="siem"} 700\n');
  });
});

describe("README", () => {
  it("lists every metric with its type and meaning, and no other", async () => {
    const readme = readFileSync(join(import.meta.dirname, "../../../README.md"), "utf8");
    const [section = ""] = readme.split("## Metrics and alerts")[1]?.split("\n## ") ?? [];
    const rows = section.matchAll(/^\| `(?<name>\w+)`[\w, ]* \| (?<type>\w+) \| (?<help>[^|]+) \|$/gm);

    const listed = [...rows].map(({ groups = {} }) => [groups["name"], groups["type"], groups["help"]]);

    const metrics = metricsOf(await new Metrics().text());
    expect(listed).toEqual(
      metrics.map(({ name, type, help }) => [name.replace("entra_risk_forwarder_", ""), type, help]),
    );
  });
});
