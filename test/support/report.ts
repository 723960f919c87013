/** Reports for tests that look at what becomes of them. */
import type { Health } from "../../src/core/health.ts";
import type { SinkStatus, StoreStatus, StreamStatus } from "../../src/store/store.ts";
import type { Configured } from "../../src/telemetry/configured.ts";
import type { Life } from "../../src/telemetry/report.ts";
import { type Report, reportOf } from "../../src/telemetry/report.ts";
import { testTenant } from "./scenario.ts";

export const NOW = Date.parse("2026-11-25T22:10:00Z");
export const FINE: Health = { condition: "working", failures: 0, lastSuccess: NOW - 2_000 };

/** A stream of a numbered tenant. */
export function streamOf(tenant: number, changes: Partial<StreamStatus> = {}): StreamStatus {
  return {
    stream: { tenantId: testTenant(tenant).tenantId, source: "signIns" },
    born: NOW - 86_400_000,
    mark: NOW - 12_000,
    rereads: [],
    sweeps: [],
    health: FINE,
    totals: { accepted: 48_210, revised: 0, late: 0, repaired: 0 },
    lost: [],
    ...changes,
  };
}

export function sinkOf(name: string, changes: Partial<SinkStatus> = {}): SinkStatus {
  const books = { accepted: 48_210, delivered: 48_210, filtered: 0, rejected: 0, missed: 0, pending: 0, resent: 0 };
  return { name, cursor: 48_210, health: FINE, backlog: 0, books, deadLetters: 0, ...changes };
}

/** What is configured: all sources of the first tenants, and the sinks named. */
export function configuredWith(tenants: number, sinks: readonly string[]): Configured {
  const sources = ["signIns", "riskDetections", "riskyUsers"] as const;
  const names = Array.from({ length: tenants }, (_, index) => testTenant(index + 1));
  const route = { transport: "relp", host: "collector.example.net", port: 2514, guarantee: "acknowledged" };
  return {
    tenants: new Map(names.map(({ tenantId, name }) => [tenantId, { name, sources }])),
    sinks: new Map(sinks.map((name) => [name, route])),
    everyMs: { signIns: 60_000, riskDetections: 60_000, riskyUsers: 300_000 },
    maxBytes: 10e9,
    expiries: [],
  };
}

/** The report, by the daemon itself, on a state in which all that is there is configured, but for what `configured` leaves out. */
export function reportWith(
  found: Partial<StoreStatus>,
  configured?: Configured,
  life: Life = { running: true, version: "1.0.0" },
): Report {
  const state = { streams: [], sinks: [], replays: [], events: 48_210, bytes: 131.5e6, ...found };
  const tenants = Math.max(0, ...state.streams.map(({ stream }) => Number(stream.tenantId.slice(-12))));
  const sinks = state.sinks.map(({ name }) => name);
  return reportOf(state, configured ?? configuredWith(tenants, sinks), life, NOW);
}
