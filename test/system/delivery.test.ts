/** The whole path on real input: what Graph shows is stored by a real collector, each revision once. */
import { describe, expect, it } from "vitest";
import { until } from "../support/poll.ts";
import { isRsyslogInstalled } from "../support/rsyslog.ts";
import { every, NOTHING_WRONG, play } from "../support/scenario.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe.skipIf(!isRsyslogInstalled())("delivery (needs rsyslogd)", { concurrent: true }, () => {
  it("takes past, present, late, revised, tied, sparse and hostile records, each once and in order", async () => {
    await play({}, async (scenario) => {
      const { simulator, daemon } = scenario;
      scenario.show("signIns", every(1_500, MINUTE / 2));
      scenario.show("signIns", every(40, 0));
      scenario.show("signIns", every(40, 7 * MINUTE), { variant: "hostile" });
      scenario.show("signIns", every(20, 9 * MINUTE), { variant: "sparse" });
      const detections = scenario.show("riskDetections", every(600, 10 * MINUTE));
      scenario.show("riskDetections", every(30, HOUR), { variant: "hostile" });
      const users = scenario.show("riskyUsers", every(150, HOUR));
      daemon.configure(scenario.config());
      await daemon.start();
      await scenario.untilDelivered();

      scenario.show("signIns", every(5, 12 * MINUTE), { late: true });
      scenario.show("signIns", every(30, 0));
      scenario.revise("riskDetections", detections[3]!, { riskLevel: "high", riskState: "confirmedCompromised" });
      scenario.revise("riskyUsers", users[3]!, { riskLevel: "none", riskState: "remediated" });
      await scenario.untilDelivered();
      scenario.revise("riskDetections", detections[3]!, { riskLevel: "low", riskState: "dismissed" });
      await scenario.untilDelivered();
      scenario.revise("riskDetections", detections[3]!, { riskLevel: "high", riskState: "confirmedCompromised" });
      await scenario.untilDelivered();

      expect(await daemon.stop()).toBe(0);
      expect(await scenario.compare()).toEqual(NOTHING_WRONG);
      expect(simulator.ledger.some(({ revision }) => revision === 4)).toBe(true);
      expect(simulator.violations).toEqual([]);
      const complaints = daemon.log.filter(({ level }) => level === "error" || level === "warn");
      expect(complaints.map(({ message }) => message)).toEqual([expect.stringContaining("no acknowledgement")]);
    });
  });

  it.each([-HOUR, HOUR])("loses nothing when the host's clock is off by %d ms", async (clockOffsetMs) => {
    await play({ clockOffsetMs }, async (scenario) => {
      scenario.show("signIns", every(200, 5 * MINUTE));
      scenario.show("riskDetections", every(50, HOUR));
      scenario.daemon.configure(scenario.config());
      await scenario.daemon.start();
      await scenario.untilDelivered();
      scenario.show("signIns", every(20, 0));
      scenario.show("riskDetections", every(20, 0));
      scenario.show("riskyUsers", every(5, 0));
      await scenario.untilDelivered();

      expect(await scenario.daemon.stop()).toBe(0);
      expect(await scenario.compare()).toEqual(NOTHING_WRONG);
    });
  });

  it("loses nothing when it is killed in the middle, again and again", async () => {
    await play({}, async (scenario) => {
      const { daemon } = scenario;
      scenario.show("signIns", every(6_000, 10_000));
      scenario.show("riskDetections", every(2_000, 4 * MINUTE));
      daemon.configure(scenario.config());
      let killedInTheMiddle = 0;
      for (const share of [0.1, 0.3, 0.5, 0.7]) {
        await daemon.start();
        const enough = scenario.simulator.ledger.length * (1 - share);
        await until("a part is delivered", async () => (await scenario.compare()).lost.length < enough, 60_000);
        await daemon.stop("SIGKILL");
        if ((await scenario.compare()).lost.length > 0) killedInTheMiddle += 1;
      }
      await daemon.start();
      await scenario.untilDelivered();

      expect(await daemon.stop()).toBe(0);
      const { lost, repeated, invented } = await scenario.compare();
      expect(killedInTheMiddle).toBeGreaterThan(0);
      expect({ lost, invented }).toEqual({ lost: [], invented: [] });
      expect(repeated.length).toBeLessThanOrEqual(4 * 2 * 500);
    });
  });

  it("repeats nothing after a clean restart", async () => {
    await play({}, async (scenario) => {
      scenario.show("signIns", every(700, MINUTE));
      scenario.daemon.configure(scenario.config());
      await scenario.daemon.start();
      await scenario.untilDelivered();
      expect(await scenario.daemon.stop()).toBe(0);
      scenario.show("signIns", every(30, 0));
      await scenario.daemon.start();
      await scenario.untilDelivered();

      expect(await scenario.daemon.stop()).toBe(0);
      expect(await scenario.compare()).toEqual(NOTHING_WRONG);
    });
  });

  it.each(["SIGTERM", "SIGKILL"] as const)("survives a collector that ends by %s and comes back", async (signal) => {
    await play({}, async (scenario) => {
      const { daemon, rsyslog } = scenario;
      scenario.show("signIns", every(3_000, 20_000));
      daemon.configure(scenario.config());
      await daemon.start();
      const half = async () => (await scenario.compare()).lost.length < 2_000;
      await until("a part is delivered", half, 60_000);
      await rsyslog.process.kill(signal);
      await until("the outage is noticed", () =>
        daemon.log.some(({ message }) => message === "sink failed, will retry"),
      );
      scenario.show("signIns", every(50, 0));
      await rsyslog.process.start();
      await scenario.untilDelivered();

      expect(await daemon.stop()).toBe(0);
      expect(await scenario.compare()).toMatchObject({ lost: [], invented: [] });
      expect(daemon.log.some(({ message }) => message === "sink recovered")).toBe(true);
    });
  });
});
