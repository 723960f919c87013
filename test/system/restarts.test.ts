/** What a restart keeps: Graph's request budgets, of which nobody knows what the killed process used, and troubles. */
import { describe, expect, it, onTestFinished } from "vitest";
import { until } from "../support/poll.ts";
import { isRsyslogInstalled } from "../support/rsyslog.ts";
import { Scenario } from "../support/scenario.ts";

const PAGES = 12;

describe.skipIf(!isRsyslogInstalled())("restarts (needs rsyslogd)", () => {
  it("never exceed Graph's budgets, and only the first start of all asks at once", async () => {
    const scenario = new Scenario();
    onTestFinished(() => scenario.dispose());
    await scenario.start();
    const { daemon, simulator } = scenario;
    const ages = Array.from({ length: PAGES * 1_000 }, (_, index) => 60_000 + index * 1_000);
    scenario.show("signIns", ages);
    const asked = () => simulator.requests.filter(({ source }) => source === "signIns").length;
    daemon.configure(scenario.config());

    const waited: number[] = [];
    for (let start = 0; start <= 3; start += 1) {
      await daemon.start();
      const before = asked();
      const startedAt = performance.now();
      await until("the daemon asks", () => asked() > before, 60_000);
      waited.push(performance.now() - startedAt);
      if (start === 0) await until("the first start uses its budget up", () => asked() >= 5, 60_000);
      await daemon.stop("SIGKILL");
    }
    await daemon.start();

    await until("a last budget is used", () => asked() >= 12, 60_000);
    expect(simulator.violations).toEqual([]);
    const [first = 0, ...restarts] = waited;
    expect(first).toBeLessThan(Math.min(...restarts));
  });

  it("try at once what was blocked, tell it again, and remember since when it is", async () => {
    const scenario = new Scenario();
    onTestFinished(() => scenario.dispose());
    await scenario.start();
    const { daemon, simulator } = scenario;
    const parked = () => daemon.log.filter(({ message }) => message === "stream parked, an operator must act");
    const streams = async () => {
      const { stdout } = await daemon.run("status", "--config", "config.yaml", "--json");
      return JSON.parse(stdout).streams;
    };
    const config = scenario.config();
    daemon.configure({ ...config, tenants: config.tenants.map((one) => ({ ...one, sources: ["riskyUsers"] })) });
    await daemon.start();
    await until("it has worked once", async () => (await streams())[0].health.lastSuccess !== undefined);
    simulator.fault({ kind: "permission-missing" });
    await until("it is parked", () => parked().length === 1, 30_000);
    const [before] = await streams();

    await daemon.stop();
    await daemon.start();
    await until("it is told again", () => parked().length === 2, 30_000);

    await until("it is counted", async () => (await streams())[0].health.failures === 2);
    const [after] = await streams();
    expect(after.health.trouble.since).toBe(before.health.trouble.since);
    expect(after.health.lastSuccess).toBe(before.health.lastSuccess);
  });
});
