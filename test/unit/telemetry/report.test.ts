/** The verdict on everything, and what it says a person must do. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../../../src/core/codes.ts";
import { BlockedError, TransientError, UnavailableError } from "../../../src/core/errors.ts";
import { failed, type Health, NEW_HEALTH } from "../../../src/core/health.ts";
import type { StreamStatus } from "../../../src/store/store.ts";
import { configuredWith, FINE, NOW, reportWith, sinkOf, streamOf } from "../../support/report.ts";

const SOURCES = ["signIns", "riskDetections", "riskyUsers"] as const;

function blocked(message: string, remedy = "Renew it"): Health {
  return failed(FINE, new BlockedError("ERF2003", message, remedy), NOW - 60_000, 300_000);
}

/** All streams of a tenant whose secret has expired. */
function expired(tenant: number): StreamStatus[] {
  return SOURCES.map((source) => {
    const { stream } = streamOf(tenant);
    const health = blocked(`tenant-${tenant}: expired, request ${source}`);
    return streamOf(tenant, { stream: { ...stream, source }, health });
  });
}

function waiting(code: ErrorCode, message: string): Health {
  return failed(FINE, new TransientError(code, message), NOW - 60_000, 61_000);
}

describe("a report", () => {
  it("finds that all is arriving", () => {
    const { verdict, streams, eventLog } = reportWith({ streams: [streamOf(1)], sinks: [sinkOf("siem")] });

    expect(verdict).toEqual({ state: "arriving", text: "All is arriving", needs: [] });
    expect(streams).toMatchObject([{ tenant: "tenant-1", configured: true, markAgeMs: 12_000 }]);
    expect(eventLog).toEqual({ events: 48_210, bytes: 131.5e6, maxBytes: 10e9, isFull: false });
  });

  it("tells what is configured and was not begun, seen from outside of a running daemon", () => {
    const found = { streams: SOURCES.map((source) => streamOf(1, { stream: { ...streamOf(1).stream, source } })) };
    const configured = configuredWith(2, ["siem"]);
    const { state, needs } = reportWith(found, configured, { running: true }).verdict;

    expect(state).toBe("blocked");
    expect(needs).toMatchObject([
      { urgency: "now", kind: "sink", subjects: ["siem"] },
      { urgency: "now", kind: "stream", title: "tenant-2 signIns + riskDetections + riskyUsers" },
    ]);
    expect(reportWith(found, configured, { running: true, version: "1.0.0" }).verdict.state).toBe("arriving");
    expect(reportWith(found, configured, { running: false }).verdict.needs).toHaveLength(1);
  });

  it("waits for streams that were never read before it says so", () => {
    const { mark: _, ...unread } = streamOf(1, { health: NEW_HEALTH });

    expect(reportWith({ streams: [unread, streamOf(2)] }).verdict).toMatchObject({
      state: "starting",
      text: "Starting: 1 of 2 streams to go",
    });
  });

  it("tells a tenant's trouble once, and each tenant's by itself, with code and remedy", () => {
    const { state, text, needs } = reportWith({ streams: [...expired(1), ...expired(2)] }).verdict;

    expect([state, text]).toEqual(["blocked", "Not all is arriving: 2 things need a person"]);
    expect(needs).toHaveLength(2);
    expect(needs[0]).toMatchObject({
      urgency: "now",
      code: "ERF2003",
      remedy: "Renew it",
      title: "tenant-1 signIns + riskDetections + riskyUsers",
      subjects: ["tenant-1 signIns", "tenant-1 riskDetections", "tenant-1 riskyUsers"],
      since: NOW - 60_000,
      nextTry: NOW + 240_000,
    });
  });

  it("tells an outage of Graph once for all tenants, and that nobody needs to act", () => {
    const streams = [1, 2, 3, 4, 5].map((tenant) =>
      streamOf(tenant, { health: waiting("ERF3001", `tenant ${tenant}`) }),
    );

    const { state, needs } = reportWith({ streams }).verdict;

    expect(state).toBe("delayed");
    expect(needs).toMatchObject([
      {
        urgency: "none",
        code: "ERF3001",
        title: "tenant-1 signIns, tenant-2 signIns, tenant-3 signIns and 2 more",
        subjects: streams.map(({ stream }) => `tenant-${Number(stream.tenantId.slice(-12))} signIns`),
      },
    ]);
  });

  it("begins with the worst: what stands still, what a person should look at, what is tried again", () => {
    const { needs } = reportWith({
      streams: [streamOf(1, { health: blocked("expired") })],
      sinks: [sinkOf("down", { health: waiting("ERF4001", "not reachable") }), sinkOf("odd", { deadLetters: 2 })],
    }).verdict;

    expect(needs.map(({ urgency, subjects }) => [urgency, ...subjects])).toEqual([
      ["now", "tenant-1 signIns"],
      ["soon", "odd"],
      ["none", "down"],
    ]);
  });

  it("knows that dead letters do not arrive, although all else does", () => {
    expect(reportWith({ sinks: [sinkOf("siem", { deadLetters: 1 })] }).verdict).toMatchObject({
      state: "attention",
      text: "All is arriving, but 1 thing needs a person",
      needs: [{ message: "1 event was rejected for good.", remedy: expect.stringContaining("dead-letters list") }],
    });
  });

  it("says which sink holds a full event log, and leaves those out that hold nothing back", () => {
    const sinks = [sinkOf("removed", { backlog: 900 }), sinkOf("slow", { backlog: 500 }), sinkOf("fast")];

    const { eventLog, verdict } = reportWith({ sinks, bytes: 11e9 }, configuredWith(1, ["slow", "fast"]));

    expect(eventLog).toMatchObject({ isFull: true, heldBy: "slow" });
    expect(verdict).toMatchObject({ state: "blocked", needs: [{ code: "ERF5005", kind: "event log" }] });
    expect(verdict.needs[0]?.message).toContain("sink slow");
  });

  it("has a person renew what expires within two weeks, and not before", () => {
    const day = 86_400_000;
    const expiry = (days: number) => ({ subject: `sink siem: CA`, expires: NOW + days * day, remedy: "renew it" });
    const needsIn = (days: number) => {
      const configured = { ...configuredWith(1, ["siem"]), expiries: [expiry(days)] };
      return reportWith({ sinks: [sinkOf("siem")] }, configured).verdict;
    };

    expect(needsIn(15).needs).toEqual([]);
    expect(needsIn(14)).toMatchObject({
      state: "attention",
      needs: [{ kind: "credential", code: "ERF1007", title: "sink siem: CA", remedy: "renew it" }],
    });
    expect(needsIn(-1).needs).toMatchObject([{ message: expect.stringMatching(/^It has expired on /) }]);
  });

  it("takes a missing licence and what is not configured any more for no trouble", () => {
    const resting = failed(NEW_HEALTH, new UnavailableError("ERF3008", "no licence", "Nothing"), NOW, 3_600_000);
    const streams = [streamOf(1, { health: resting }), streamOf(2, { health: blocked("expired") })];
    const sinks = [sinkOf("old", { health: blocked("expired"), deadLetters: 3 })];

    const { verdict } = reportWith({ streams, sinks }, configuredWith(1, []));

    expect(verdict.state).toBe("arriving");
  });

  it("notices a stream that works and falls behind all the same", () => {
    const mark = NOW - 3_600_000;

    expect(reportWith({ streams: [streamOf(1, { mark })] }).verdict).toMatchObject({
      state: "delayed",
      needs: [{ kind: "stream", subjects: ["tenant-1 signIns"] }],
    });
  });

  it("says before all else that the daemon does not run", () => {
    const life = { running: false, lastWritten: NOW - 90_000 };

    const { verdict } = reportWith({ streams: [streamOf(1, { health: blocked("expired") })] }, undefined, life);

    expect(verdict).toMatchObject({ state: "stopped", text: "Nothing is arriving: the daemon does not run" });
    expect(verdict.needs.map(({ kind }) => kind)).toEqual(["daemon", "stream"]);
  });

  it("has no key that the README does not tell", () => {
    const replay = { id: 1, name: "siem", cursor: 0, finish: 9, health: FINE, backlog: 9, resent: 0 };
    const report = reportWith(
      {
        streams: [streamOf(1, { health: blocked("expired") })],
        sinks: [sinkOf("siem", { oldest: NOW, backlog: 1, route: "relp collector.example.net 2514" })],
        replays: [replay],
      },
      undefined,
      { running: true, version: "1.0.0", started: NOW, lastWritten: NOW },
    );
    const readme = readFileSync(join(import.meta.dirname, "../../../README.md"), "utf8");
    const [section = ""] = readme.split("## The status page").slice(1);

    const parts = [
      report,
      report.verdict,
      report.eventLog,
      report.verdict.needs,
      report.streams,
      report.sinks,
      report.replays,
    ];
    const keys = parts
      .flat()
      .flatMap((one) => [...Object.keys(one), ...("health" in one ? Object.keys(one.health) : [])]);
    const told = (key: string) => section.includes(`\`${key}\``) || section.includes(`\`${key}[]\``);
    expect(keys.filter((key) => !told(key))).toEqual([]);
    expect(keys.length).toBeGreaterThan(50);
  });
});
