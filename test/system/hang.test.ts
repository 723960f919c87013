/** A Graph that takes requests and never answers: told by `check`, survived by the daemon, no hindrance to a stop. */
import { describe, expect, it, onTestFinished } from "vitest";
import { until } from "../support/poll.ts";
import { isRsyslogInstalled } from "../support/rsyslog.ts";
import { NOTHING_WRONG, Scenario } from "../support/scenario.ts";

async function started(): Promise<Scenario> {
  const scenario = new Scenario();
  onTestFinished(() => scenario.dispose());
  await scenario.start();
  const config = scenario.config();
  scenario.daemon.configure({
    ...config,
    tenants: config.tenants.map((tenant) => ({ ...tenant, sources: ["signIns"] })),
  });
  scenario.show("signIns", [0, 60_000, 120_000]);
  return scenario;
}

describe.skipIf(!isRsyslogInstalled())("a Graph that hangs (needs rsyslogd)", { concurrent: true }, () => {
  it("is named by check with code and remedy", async () => {
    const scenario = await started();
    scenario.simulator.fault({ kind: "hang" });

    const { exitCode, stdout } = await scenario.daemon.run("check", "--config", "config.yaml");

    expect(stdout).toMatch(/^failed +tenant tenant-1: signIns: ERF3005 .*is too slow.*\. Remedy: \w/m);
    expect(exitCode).toBe(1);
  });

  it("does not keep the daemon from stopping, and loses nothing", async () => {
    const scenario = await started();
    const fault = scenario.simulator.fault({ kind: "hang", times: 1 });
    await scenario.daemon.start();
    await until("a request hangs", () => fault.fired > 0);
    const before = performance.now();

    expect(await scenario.daemon.stop()).toBe(0);

    expect(performance.now() - before).toBeLessThan(10_000);
    await scenario.daemon.start();
    await scenario.untilDelivered();
    expect(await scenario.compare()).toEqual(NOTHING_WRONG);
  });

  it("is asked again after the deadline, and nothing is lost", async () => {
    const scenario = await started();
    const fault = scenario.simulator.fault({ kind: "hang", times: 1 });
    await scenario.daemon.start();

    await scenario.untilDelivered(100_000);

    expect(fault.fired).toBe(1);
    expect(scenario.daemon.log).toContainEqual(expect.objectContaining({ code: "ERF3005" }));
    expect(await scenario.compare()).toEqual(NOTHING_WRONG);
  });
});
