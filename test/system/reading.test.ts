/** What Graph, an administrator and one bad record can do to reading, over hours that the simulator's clock skips. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { SourceName } from "../../src/core/event.ts";
import { until } from "../support/poll.ts";
import { isRsyslogInstalled } from "../support/rsyslog.ts";
import { every, NOTHING_WRONG, play, type Scenario, SECRET, testTenant } from "../support/scenario.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A configuration with one source alone. */
function only(scenario: Scenario, source: SourceName, settings: object) {
  const config = scenario.config();
  return {
    ...config,
    tenants: config.tenants.map((tenant) => ({ ...tenant, sources: [source] })),
    sources: { [source]: settings },
  };
}

/** Everything is delivered but this record. */
async function untilOnlyMissing(scenario: Scenario, id: string, deadlineMs: number): Promise<void> {
  const isOnlyOne = async () => {
    const { lost } = await scenario.compare();
    return lost.length === 1 && lost[0]?.includes(id) === true;
  };
  await until("everything but the bad record is delivered", isOnlyOne, deadlineMs);
}

describe.skipIf(!isRsyslogInstalled())("reading (needs rsyslogd)", { concurrent: true }, () => {
  it("covers the days in which consent was missing, without any sweep's help", async () => {
    await play({}, async (scenario) => {
      const { simulator, daemon } = scenario;
      const { tenantId } = scenario.tenants[0]!;
      const roles = ["AuditLog.Read.All", "IdentityRiskyUser.Read.All"];
      simulator.change(tenantId, { roles });
      daemon.configure(only(scenario, "riskDetections", { every: "10s", sweeps: [] }));
      await daemon.start();
      await until("it is parked", () => daemon.log.some(({ message }) => message.startsWith("stream parked")));
      await daemon.stop();
      simulator.clock.offsetMs += 10 * DAY;
      scenario.show("riskDetections", every(60, 4 * HOUR, MINUTE));
      simulator.change(tenantId, { roles: [...roles, "IdentityRiskEvent.Read.All"] });
      await daemon.start();
      await scenario.untilDelivered(120_000);

      expect(await daemon.stop()).toBe(0);
      expect(await scenario.compare()).toEqual(NOTHING_WRONG);
    });
  });

  it("sweeps on after a few answers whose Date was twenty days ahead", async () => {
    await play({}, async (scenario) => {
      const { simulator, daemon } = scenario;
      scenario.show("signIns", every(10, MINUTE));
      const sweeps = [{ every: "10s", length: "1h" }];
      daemon.configure(only(scenario, "signIns", { every: "10s", backfill: "1h", sweeps }));
      await daemon.start();
      await scenario.untilDelivered();
      const before = simulator.requests.length;
      simulator.clock.offsetMs = 20 * DAY;
      await until("answers from the future", () => simulator.requests.length >= before + 3, 60_000);
      await sleep(500);
      simulator.clock.offsetMs = 0;
      await until("the present again", () => simulator.requests.length >= before + 8, 90_000);
      scenario.show("signIns", [20 * MINUTE], { late: true });
      scenario.show("signIns", [0]);
      await scenario.untilDelivered(120_000);

      expect(await daemon.stop()).toBe(0);
      expect(await scenario.compare()).toEqual(NOTHING_WRONG);
    });
  }, 400_000);

  it("loses no more than what Graph no longer holds, wherever the edge is", async () => {
    const tenant = { ...testTenant(1), clientSecret: SECRET, retentionMs: 30 * DAY - 10 * MINUTE };
    await play({ tenants: [tenant] }, async (scenario) => {
      scenario.show("signIns", every(100, 6 * HOUR, MINUTE));
      scenario.daemon.configure(only(scenario, "signIns", { every: "10s", backfill: "30d", sweeps: [] }));
      await scenario.daemon.start();
      await scenario.untilDelivered(120_000);

      const losses = scenario.daemon.log.filter(({ code }) => code === "ERF3011");
      expect(losses).toHaveLength(1);
      expect(await scenario.daemon.stop()).toBe(0);
      expect(await scenario.compare()).toEqual(NOTHING_WRONG);
    });
  });

  it("delivers every risky user but the one whose page never parses", async () => {
    await play({}, async (scenario) => {
      const ids = scenario.show("riskyUsers", every(40, 40 * DAY, HOUR));
      const bad = ids[20]!;
      const fault = scenario.simulator.fault({ kind: "unparsable", holding: bad, source: "riskyUsers" });
      scenario.daemon.configure(only(scenario, "riskyUsers", { every: "10s" }));
      await scenario.daemon.start();
      await untilOnlyMissing(scenario, bad, 400_000);
      expect(fault.fired).toBeGreaterThan(5);
      scenario.show("riskyUsers", [0]);
      await untilOnlyMissing(scenario, bad, 60_000);

      expect(await scenario.daemon.stop()).toBe(0);
    });
  }, 600_000);

  it("stays with the present of a busy tenant when a new record never parses", async () => {
    await play({}, async (scenario) => {
      scenario.daemon.configure(only(scenario, "signIns", { every: "10s", backfill: "1h" }));
      await scenario.daemon.start();
      const [bad = ""] = scenario.show("signIns", [0]);
      const fault = scenario.simulator.fault({ kind: "unparsable", holding: bad, source: "signIns" });
      // What shares its second cannot be told from it by any filter.
      await sleep(1_100);
      let shown = 0;
      while (fault.fired < 2 || shown < 40) {
        scenario.show("signIns", every(5, 0));
        shown += 1;
        await sleep(1_000);
      }
      const latest = scenario.show("signIns", every(5, 0));
      const missing = async () => (await scenario.compare()).lost;
      const isPresent = async () => {
        const lost = await missing();
        return latest.every((id) => lost.every((identity) => !identity.includes(id)));
      };
      await until("the latest are delivered", isPresent, 60_000);

      // What came within the two polls that met the bad record is left to slices, which take their time.
      expect((await missing()).length).toBeLessThan(5 * 20);
      expect(await scenario.daemon.stop()).toBe(0);
    });
  }, 400_000);
});
