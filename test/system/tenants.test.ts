/** Several tenants in one process: one tenant's trouble touches no other, and a sink gets only what it is bound to. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { until } from "../support/poll.ts";
import { isRsyslogInstalled, startRsyslog } from "../support/rsyslog.ts";
import { every, identityOf, NOTHING_WRONG, Scenario, testTenant } from "../support/scenario.ts";

describe.skipIf(!isRsyslogInstalled())("tenants (needs rsyslogd)", { concurrent: true }, () => {
  it("are served although a third has a wrong secret; a bound sink gets its own tenant and source only", async () => {
    const scenario = new Scenario({ count: 2 });
    const directory = join(scenario.directory, "bound");
    mkdirSync(directory);
    const bound = await startRsyslog({ directory });
    try {
      await scenario.start();
      const wrong = testTenant(3);
      const config = scenario.config();
      const [first] = config.tenants;
      const siem = config.sinks[0]!;
      const sinks = [
        siem,
        { ...siem, name: "bound", port: bound.tcpPort, tenants: ["tenant-2"], sources: ["riskDetections"] },
      ];
      const tenants = [{ ...first, ...wrong }, ...config.tenants];
      for (const tenant of [0, 1]) {
        scenario.show("signIns", every(50, 60_000), { tenant });
        scenario.show("riskDetections", every(20, 60_000), { tenant });
        scenario.show("riskyUsers", every(5, 60_000), { tenant });
      }
      scenario.daemon.configure({ ...config, tenants, sinks });
      await scenario.daemon.start();
      await scenario.untilDelivered();
      const boundLines = () => bound.process.lines();
      await until("the bound sink has its events", async () => (await boundLines()).length >= 20);

      expect(await scenario.daemon.stop()).toBe(0);
      expect(await scenario.compare()).toEqual(NOTHING_WRONG);
      const mine = scenario.simulator.ledger.filter(
        ({ tenantId, source }) => tenantId === testTenant(2).tenantId && source === "riskDetections",
      );
      expect((await boundLines()).map(identityOf).toSorted()).toEqual(
        mine.map(({ tenantId, id, revision }) => `${tenantId}/${id}@${revision}`).toSorted(),
      );
      const parked = scenario.daemon.log.filter(({ message }) => message.startsWith("stream parked"));
      expect(new Set(parked.map(({ tenantId }) => tenantId))).toEqual(new Set([wrong.tenantId]));
      expect(scenario.simulator.violations).toEqual([]);
    } finally {
      await bound.process.stop();
      await scenario.dispose();
    }
  });

  it("park the stream whose permission is missing, let the unlicensed one rest, and go on by themselves", async () => {
    const scenario = new Scenario();
    const { tenantId } = scenario.tenants[0]!;
    try {
      await scenario.start();
      scenario.simulator.change(tenantId, {
        roles: ["AuditLog.Read.All", "IdentityRiskyUser.Read.All"],
        licensed: ["signIns", "riskDetections"],
      });
      scenario.show("signIns", every(30, 60_000));
      scenario.daemon.configure(scenario.config());
      await scenario.daemon.start();
      await scenario.untilDelivered();
      const message = (start: string) => scenario.daemon.log.filter((entry) => entry.message.startsWith(start));
      await until("both are told apart", () => message("stream parked").length + message("stream rests").length === 2);

      expect(message("stream parked")).toMatchObject([
        {
          level: "error",
          source: "riskDetections",
          code: "ERF3007",
          remedy: expect.stringContaining("IdentityRiskEvent.Read.All"),
        },
      ]);
      expect(message("stream rests")).toMatchObject([{ level: "info", source: "riskyUsers", code: "ERF3008" }]);
      const status = await scenario.daemon.run("status", "--config", "config.yaml");
      expect(status).toMatchObject({ exitCode: 1, stdout: expect.stringContaining("remedy:") });
      scenario.show("signIns", every(10, 0));
      await scenario.untilDelivered();

      expect(await scenario.daemon.stop()).toBe(0);
      expect(await scenario.compare()).toEqual(NOTHING_WRONG);
      expect(scenario.simulator.violations).toEqual([]);
    } finally {
      await scenario.dispose();
    }
  });
});
