/** 100,000 records through the real process into a real rsyslogd. */
import { expect, it } from "vitest";
import { until } from "../support/poll.ts";
import { isRsyslogInstalled } from "../support/rsyslog.ts";
import { NOTHING_WRONG, Scenario } from "../support/scenario.ts";

const TENANTS = 5;
const SIGN_INS = 17_000;
const DETECTIONS = 3_000;
const MAX_RESIDENT_BYTES = 250_000_000;

it.skipIf(!isRsyslogInstalled())(
  "100,000 records: none lost, none repeated, no budget exceeded, memory bounded",
  { timeout: 400_000 },
  async () => {
    const scenario = new Scenario({ count: TENANTS });
    try {
      await scenario.start();
      for (let tenant = 0; tenant < TENANTS; tenant += 1) {
        scenario.show(
          "signIns",
          Array.from({ length: SIGN_INS }, (_, index) => index * 5_000),
          { tenant },
        );
        scenario.show(
          "riskDetections",
          Array.from({ length: DETECTIONS }, (_, index) => index * 180_000),
          { tenant },
        );
      }
      scenario.daemon.configure(scenario.config({ log: { level: "info" } }));
      await scenario.daemon.start();
      let peak = 0;
      await until(
        "everything is delivered",
        async () => {
          peak = Math.max(peak, scenario.daemon.residentBytes);
          const lines = await scenario.rsyslog.process.lines();
          await new Promise((resolve) => setTimeout(resolve, 1_000));
          return lines.length >= scenario.simulator.ledger.length;
        },
        300_000,
      );

      expect(await scenario.daemon.stop()).toBe(0);
      expect(scenario.simulator.ledger).toHaveLength(TENANTS * (SIGN_INS + DETECTIONS));
      expect(await scenario.compare()).toEqual(NOTHING_WRONG);
      expect(scenario.simulator.violations).toEqual([]);
      expect(peak).toBeLessThan(MAX_RESIDENT_BYTES);
    } finally {
      await scenario.dispose();
    }
  },
);
