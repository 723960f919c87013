/** Everything that Graph and the token endpoint can do wrong: survived with nothing lost and nothing repeated. */
import { describe, expect, it } from "vitest";
import type { Fault } from "../../src/simulator/faults.ts";
import { until } from "../support/poll.ts";
import { isRsyslogInstalled } from "../support/rsyslog.ts";
import { every, NOTHING_WRONG, Scenario } from "../support/scenario.ts";

const MINUTE = 60_000;
interface Case {
  readonly name: string;
  /** `ids` are the ids of a few visible sign-ins. */
  readonly faults: (ids: readonly string[]) => readonly Fault[];
}

const CASES: readonly Case[] = [
  { name: "429 without Retry-After", faults: () => [{ kind: "throttle", times: 6 }] },
  { name: "429 with Retry-After in seconds", faults: () => [{ kind: "throttle", retryAfter: "2", times: 3 }] },
  { name: "500 with JSON", faults: () => [{ kind: "server-error", status: 500, body: "json", times: 5 }] },
  { name: "502 with an empty body", faults: () => [{ kind: "server-error", status: 502, body: "empty", times: 5 }] },
  { name: "503 with HTML", faults: () => [{ kind: "server-error", status: 503, body: "html", times: 5 }] },
  { name: "HTML with status 200", faults: () => [{ kind: "html", times: 3 }] },
  { name: "a connection that is reset", faults: () => [{ kind: "reset", times: 4 }] },
  { name: "a token that is refused", faults: () => [{ kind: "token-refused", times: 1 }] },
  { name: "a claims challenge", faults: () => [{ kind: "claims-challenge", notBefore: "1791960900", times: 1 }] },
  { name: "truncated JSON", faults: () => [{ kind: "truncated", times: 3 }] },
  {
    name: "pages that never parse above a size",
    faults: () => [{ kind: "unparsable", aboveTop: 300, source: "signIns" }],
  },
  { name: "an expired skip token", faults: () => [{ kind: "skip-token-expired", times: 2 }] },
  { name: "a nextLink to another host", faults: () => [{ kind: "foreign-link", times: 2 }] },
  { name: "a nextLink to the page itself", faults: () => [{ kind: "link-loop", times: 2 }] },
  { name: "empty pages with a nextLink", faults: () => [{ kind: "empty-page", times: 3 }] },
  { name: "short pages", faults: () => [{ kind: "short-page", times: 3 }] },
  { name: "repeated pages", faults: () => [{ kind: "repeated-page", times: 3 }] },
  { name: "reordered pages", faults: () => [{ kind: "reordered-page", times: 3 }] },
  { name: "an answer beyond the size cap", faults: () => [{ kind: "oversized", times: 2 }] },
  {
    name: "a token endpoint that throttles and fails",
    faults: () => [
      { endpoint: "token", kind: "aadsts", number: 90055, times: 1 },
      { endpoint: "token", kind: "server-error", status: 503, body: "html", times: 2 },
    ],
  },
];

describe.skipIf(!isRsyslogInstalled())("faults of Graph (needs rsyslogd)", { concurrent: true }, () => {
  it.each(CASES)("$name", async ({ faults }) => {
    const scenario = new Scenario();
    try {
      await scenario.start();
      const ids = scenario.show("signIns", every(2_300, MINUTE / 2));
      scenario.show("riskDetections", every(700, 10 * MINUTE));
      scenario.show("riskyUsers", every(600, 10 * MINUTE));
      const handles = faults(ids).map((fault) => scenario.simulator.fault(fault));
      scenario.daemon.configure(scenario.config());
      await scenario.daemon.start();
      await until("the fault happens", () => handles.every(({ fired }) => fired > 0), 60_000);
      await scenario.untilDelivered(150_000);
      scenario.show("signIns", every(10, 0));
      scenario.show("riskDetections", every(10, 0));
      await scenario.untilDelivered(60_000);

      expect(await scenario.daemon.stop()).toBe(0);
      expect(await scenario.compare()).toEqual(NOTHING_WRONG);
      expect(scenario.simulator.violations).toEqual([]);
    } finally {
      await scenario.dispose();
    }
  });

  it("stale answers are no news", async () => {
    const scenario = new Scenario();
    try {
      await scenario.start();
      const [id = ""] = scenario.show("riskDetections", every(20, MINUTE));
      scenario.daemon.configure(scenario.config());
      await scenario.daemon.start();
      await scenario.untilDelivered();
      scenario.revise("riskDetections", id, { riskState: "dismissed", riskLevel: "none" });
      await scenario.untilDelivered();
      const stale = scenario.simulator.fault({ kind: "stale", id, source: "riskDetections" });
      await until("the past is served", () => stale.fired >= 2, 60_000);
      stale.clear();
      scenario.revise("riskDetections", id, { riskState: "atRisk", riskLevel: "high" });
      await scenario.untilDelivered();

      expect(await scenario.daemon.stop()).toBe(0);
      expect(await scenario.compare()).toEqual(NOTHING_WRONG);
    } finally {
      await scenario.dispose();
    }
  });

  it("one record that never parses holds back nobody else and is delivered when it heals", async () => {
    const scenario = new Scenario();
    try {
      await scenario.start();
      const ids = scenario.show("signIns", every(300, 4 * MINUTE));
      const poison = ids[150]!;
      const fault = scenario.simulator.fault({ kind: "unparsable", holding: poison, source: "signIns" });
      // Few sweeps, so that the request budget is left to the search for the poison.
      const sources = { signIns: { every: "10s", sweeps: [{ every: "10m", length: "30m" }] } };
      scenario.daemon.configure(scenario.config({ sources }));
      await scenario.daemon.start();
      const isOnlyPoisonMissing = async () => {
        const { lost } = await scenario.compare();
        return lost.length === 1 && lost[0]?.includes(poison) === true;
      };
      await until("everything but the poison is delivered", isOnlyPoisonMissing, 300_000);
      expect(fault.fired).toBeGreaterThan(10);
      scenario.show("signIns", every(5, 0));
      await until("the present goes on", isOnlyPoisonMissing, 60_000);
      fault.clear();
      await scenario.untilDelivered(150_000);

      expect(await scenario.daemon.stop()).toBe(0);
      expect(await scenario.compare()).toEqual(NOTHING_WRONG);
    } finally {
      await scenario.dispose();
    }
  }, 600_000);

  it("a new record that never parses does not hold the head for longer than the overlap", async () => {
    const scenario = new Scenario();
    try {
      await scenario.start();
      scenario.show("signIns", every(30, 4 * MINUTE));
      const sources = { signIns: { every: "10s", overlap: "10s", sweeps: [{ every: "10m", length: "30m" }] } };
      scenario.daemon.configure(scenario.config({ sources }));
      await scenario.daemon.start();
      await scenario.untilDelivered();
      const [poison = ""] = scenario.show("signIns", [0]);
      const fault = scenario.simulator.fault({ kind: "unparsable", holding: poison, source: "signIns" });
      await until("the head meets it", () => fault.fired >= 2, 60_000);
      const [next = ""] = scenario.show("signIns", [0]);
      const isStored = async (id: string) => (await scenario.rsyslog.process.lines()).some((line) => line.includes(id));
      await until("the next record is delivered", () => isStored(next), 200_000);
      expect(await isStored(poison)).toBe(false);
      fault.clear();
      await scenario.untilDelivered(200_000);

      expect(await scenario.daemon.stop()).toBe(0);
      expect(await scenario.compare()).toEqual(NOTHING_WRONG);
    } finally {
      await scenario.dispose();
    }
  }, 500_000);

  it("a span beyond retention is cut and reported, the rest is delivered", async () => {
    const tenantId = "7c1f4f0e-2b6d-4a51-9f0c-000000000001";
    const clientId = "2f9c1d0e-0000-4000-8000-000000000001";
    const retentionMs = 7 * 86_400_000;
    const clientSecret = "canary-7Q~client-secret-value";
    const scenario = new Scenario({ tenants: [{ tenantId, clientId, clientSecret, retentionMs }] });
    try {
      await scenario.start();
      scenario.show("signIns", every(100, 60 * MINUTE));
      const sources = { signIns: { every: "10s", backfill: "170h", sweeps: [] } };
      scenario.daemon.configure(scenario.config({ sources }));
      await scenario.daemon.start();
      await scenario.untilDelivered();

      const { stdout } = await scenario.daemon.run("status", "--config", "config.yaml");
      expect(stdout).toContain("LOST to retention");
      expect(await scenario.daemon.stop()).toBe(0);
      expect(await scenario.compare()).toEqual(NOTHING_WRONG);
    } finally {
      await scenario.dispose();
    }
  });
});
