/** SIGTERM in the middle of a delivery, whatever Graph and the collector do: a clean end soon, and nothing is lost. */
import { describe, expect, it } from "vitest";
import { stops } from "../faults/stops.ts";
import { until } from "../support/poll.ts";
import { isImrelpInstalled } from "../support/rsyslog.ts";
import { every, play } from "../support/scenario.ts";

/** Two pages, and five seconds of load. */
const EVENTS = 2_000;
const RATE = 400;

describe.skipIf(!isImrelpInstalled())("a stop under load (needs rsyslogd with imrelp)", { concurrent: true }, () => {
  it.each([
    { transport: "tcp", state: "fine" },
    { transport: "tcp", state: "stalled" },
    { transport: "tcp", state: "proxy" },
    { transport: "relp", state: "fine" },
    { transport: "relp", state: "down" },
    { transport: "relp", state: "graph" },
  ] as const)("over $transport with the state $state", async ({ transport, state }) => {
    const row = await stops({ transport, state, stops: 1, events: EVENTS, maxPerSecond: RATE });

    expect(row).toMatchObject({ caused: 1, lost: 0 });
    expect(row.duplicated).toBeLessThanOrEqual(row.allowedDuplicates);
    // For an idle machine the target is 5 s.
    expect(row.recoverySeconds).toBeLessThan(10);
  });

  it("is cut short by a second signal while the collector hangs", async () => {
    await play({}, async (scenario) => {
      const { daemon, rsyslog } = scenario;
      scenario.show("signIns", every(EVENTS, 4_000));
      const config = scenario.config();
      daemon.configure({ ...config, sinks: config.sinks.map((sink) => ({ ...sink, maxPerSecond: RATE })) });
      await daemon.start();
      await until("it delivers", async () => (await rsyslog.process.lines()).length > 0);
      rsyslog.process.signal("SIGSTOP");
      daemon.signal("SIGTERM");
      await until("it stops", () => daemon.log.some(({ message }) => message === "stopping"));

      const exitCode = await daemon.stop("SIGTERM");

      expect(exitCode).toBe(130);
      rsyslog.process.signal("SIGCONT");
      await daemon.start();
      await scenario.untilDelivered();
      expect(await daemon.stop()).toBe(0);
      expect(await scenario.compare()).toMatchObject({ lost: [], invented: [] });
    });
  });
});
