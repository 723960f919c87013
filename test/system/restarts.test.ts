/** Graph's request budgets hold over restarts too: nobody knows what the killed process used of them. */
import { describe, expect, it, onTestFinished } from "vitest";
import { until } from "../support/poll.ts";
import { isRsyslogInstalled } from "../support/rsyslog.ts";
import { Scenario } from "../support/scenario.ts";

const PAGES = 12;

describe.skipIf(!isRsyslogInstalled())("restarts (needs rsyslogd)", () => {
  it("never exceed Graph's budgets, and the first start of all asks at once", async () => {
    const scenario = new Scenario();
    onTestFinished(() => scenario.dispose());
    await scenario.start();
    const { daemon, simulator } = scenario;
    const ages = Array.from({ length: PAGES * 1_000 }, (_, index) => 60_000 + index * 1_000);
    scenario.show("signIns", ages);
    const asked = () => simulator.requests.filter(({ source }) => source === "signIns").length;
    daemon.configure(scenario.config());

    await daemon.start();
    await until("the first start uses its budget up", () => asked() >= 5, 9_000);
    for (let restart = 1; restart <= 3; restart += 1) {
      await daemon.stop("SIGKILL");
      await daemon.start();
      const before = asked();
      if (restart > 1) await until("the restarted daemon asks", () => asked() > before, 30_000);
    }

    await until("a last budget is used", () => asked() >= 12, 30_000);
    expect(simulator.violations).toEqual([]);
  });
});
