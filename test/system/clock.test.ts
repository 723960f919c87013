/** A host whose clock steps by an hour, and one that stands still for a while: nothing is lost, nothing repeated. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { until } from "../support/poll.ts";
import { isRsyslogInstalled } from "../support/rsyslog.ts";
import { every, NOTHING_WRONG, play, type Scenario } from "../support/scenario.ts";

const HOUR = 3_600_000;

/** Makes the process believe that the host's clock is off by the milliseconds that a file says; timers go on as they do. */
const STEPPING_CLOCK = `
import { readFileSync } from "node:fs";
const RealDate = Date;
const read = () => { try { return Number(readFileSync("clock-offset", "utf8")); } catch { return 0; } };
let offset = read();
setInterval(() => { offset = read(); }, 50).unref();
globalThis.Date = class extends RealDate {
  constructor(...parts) { if (parts.length === 0) super(RealDate.now() + offset); else super(...parts); }
  static now() { return RealDate.now() + offset; }
};`;

const environment = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(STEPPING_CLOCK)}` };

/** The hour, in minutes, by which the daemon's latest line is off. */
function offsetOf({ daemon }: Scenario): number {
  const told = Date.parse(String(daemon.log.at(-1)?.["timestamp"]));
  return Math.round((told - Date.now()) / 60_000);
}

describe.skipIf(!isRsyslogInstalled())("the host's clock (needs rsyslogd)", { concurrent: true }, () => {
  it.each([
    ["forward and back", [HOUR, 0]],
    ["back and forward", [-HOUR, 0]],
  ])("may step by an hour, %s, while the daemon runs", async (_name, offsets) => {
    await play({ environment }, async (scenario) => {
      const { daemon, simulator } = scenario;
      scenario.show("signIns", every(30, 60_000));
      scenario.show("riskDetections", every(10, 60_000));
      daemon.configure(scenario.config());
      await daemon.start();
      await scenario.untilDelivered();

      for (const offset of offsets) {
        daemon.write("clock-offset", String(offset));
        await until("the daemon believes it", () => offsetOf(scenario) === offset / 60_000);
        scenario.show("signIns", every(10, 0));
        scenario.show("riskDetections", every(5, 0));
        await scenario.untilDelivered(60_000);
      }

      expect(await daemon.stop()).toBe(0);
      expect(await scenario.compare()).toEqual(NOTHING_WRONG);
      expect(simulator.violations).toEqual([]);
    });
  });

  it("may stand still, with the whole process, in the middle of everything", async () => {
    await play({}, async (scenario) => {
      const { daemon, simulator } = scenario;
      scenario.show("signIns", every(3_000, 20_000));
      daemon.configure(scenario.config());
      await daemon.start();
      await until("events flow", async () => (await scenario.rsyslog.process.lines()).length > 0);

      daemon.signal("SIGSTOP");
      const before = simulator.requests.length;
      scenario.show("signIns", every(10, 0));
      await sleep(15_000);
      const during = simulator.requests.length;
      daemon.signal("SIGCONT");
      await scenario.untilDelivered();

      expect(during - before).toBeLessThanOrEqual(1);
      expect(await daemon.stop()).toBe(0);
      expect((await scenario.compare()).lost).toEqual([]);
      expect(simulator.violations).toEqual([]);
    });
  });
});
