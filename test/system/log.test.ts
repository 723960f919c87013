/** What the journal of a real daemon holds when records are personal, and when everything fails at once. */
import { describe, expect, it } from "vitest";
import type { GraphRecord } from "../../src/core/event.ts";
import { said } from "../support/daemon.ts";
import { isNoticeLine } from "../support/notice-lines.ts";
import { until } from "../support/poll.ts";
import { freePort } from "../support/ports.ts";
import { agreeable, RelpServer, rsp } from "../support/relp-server.ts";
import { isRsyslogInstalled } from "../support/rsyslog.ts";
import { every, play, Scenario, testTenant } from "../support/scenario.ts";

const TENANTS = 1_000;
const CANARY = /canary-\w+/;

/** Every text becomes a canary of its property, but ids and times, without which it would be no record. */
function personal(value: unknown, key = "value"): unknown {
  if (Array.isArray(value)) return value.map((item) => personal(item, key));
  if (value !== null && typeof value === "object") return canaries(Object.entries(value));
  const isNeeded = key === "id" || key.endsWith("DateTime");
  return typeof value === "string" && !isNeeded ? `canary-${key}` : value;
}

function canaries(entries: readonly [string, unknown][]): GraphRecord {
  return Object.fromEntries(entries.map(([key, value]) => [key, personal(value, key)]));
}

describe.skipIf(!isRsyslogInstalled())("the log at level info (needs rsyslogd)", () => {
  it("holds nothing of a record, whatever fails, and one line for the rejected events of a batch", async () => {
    let refused = 0;
    let taken = 0;
    const quotes: string[] = [];
    const server = new RelpServer((frame) => {
      if (frame.command !== "syslog" || isNoticeLine(frame.data)) return agreeable(frame);
      taken += 1;
      if (taken % 5 !== 0) return agreeable(frame);
      refused += 1;
      const [quote = ""] = CANARY.exec(frame.data) ?? [];
      quotes.push(quote);
      return rsp(frame, `500 refused ${quote}`);
    });
    const port = await server.start();
    await play({}, async (scenario) => {
      const { daemon, simulator, records } = scenario;
      const { tenantId } = scenario.tenants[0]!;
      for (const source of ["signIns", "riskDetections", "riskyUsers"] as const) {
        for (const age of every(60, 1_000)) {
          const record = records.invent(source, simulator.clock.now() - age);
          simulator.show(tenantId, source, canaries(Object.entries(record)));
        }
      }
      const unparsable = simulator.fault({ kind: "unparsable", source: "signIns", times: 2 });
      const truncated = simulator.fault({ kind: "truncated", source: "riskDetections", times: 2 });
      const sinks = [{ name: "siem", type: "relp", host: "127.0.0.1", port }];
      daemon.configure(scenario.config({ sinks, log: { level: "info" } }));
      await daemon.start();
      await until("every event is answered for", () => taken >= 180 && refused >= 36, 60_000);
      expect(await daemon.stop()).toBe(0);

      expect([unparsable.fired, truncated.fired]).toEqual([2, 2]);
      expect(quotes.every((quote) => quote !== "")).toBe(true);
      expect(daemon.everything).not.toMatch(CANARY);
      const lines = daemon.log.filter(({ message }) => message === "events rejected, kept as dead letters");
      const rejected = lines.map(({ events }) => Number(events));
      expect(lines[0]).toMatchObject({ level: "error", code: "ERF4010", sink: "siem" });
      expect(Math.max(...rejected)).toBeGreaterThan(1);
      expect(lines.length).toBeLessThan(refused);
    });
    await server.stop();
  });

  it(`has some lines, not thousands, when Graph fails for ${TENANTS} tenants at once`, async () => {
    const scenario = new Scenario();
    try {
      await scenario.start();
      const { daemon } = scenario;
      const nobody = `http://127.0.0.1:${await freePort()}`;
      const tenants = Array.from({ length: TENANTS }, (_, index) => ({
        ...testTenant(index + 1),
        credential: { secretFile: "secret" },
        endpoints: { login: nobody, graph: nobody },
      }));
      daemon.configure(scenario.config({ tenants, log: { level: "info" } }));
      await daemon.start();
      const troubled = async () => {
        const { streams } = JSON.parse((await daemon.run("status", "--config", "config.yaml", "--json")).stdout);
        return streams.filter(({ health }: { health: { failures: number } }) => health.failures > 0).length;
      };
      await until("every stream has failed", async () => (await troubled()) === 3 * TENANTS, 100_000);
      expect(await daemon.stop()).toBe(0);

      const lines = daemon.log.filter(({ message }) => message !== undefined);
      expect(said(lines, "poll failed, will retry")).toBeGreaterThanOrEqual(3 * TENANTS);
      expect(lines.length).toBeLessThan(100);
      expect(lines.find(({ more }) => more !== undefined)).toMatchObject({
        level: "warn",
        // A busy machine may be too slow to find out that nobody listens.
        code: expect.stringMatching(/^ERF20(?:01|11)$/),
        examples: expect.arrayContaining([expect.stringMatching(/ (signIns|riskDetections|riskyUsers)$/)]),
      });
    } finally {
      await scenario.dispose();
    }
  });
});
