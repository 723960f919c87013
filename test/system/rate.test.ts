/** A backlog that is made up for within a SIEM's licence. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { isRsyslogInstalled } from "../support/rsyslog.ts";
import { every, NOTHING_WRONG, play, type Scenario } from "../support/scenario.ts";

const RATE = 50;
const EVENTS = 6 * RATE;

interface Sample {
  /** When the count was begun and when it was done. */
  readonly from: number;
  readonly to: number;
  readonly stored: number;
}

/** How much was stored at which time, until all of it is. */
async function watch(scenario: Scenario): Promise<Sample[]> {
  const samples: Sample[] = [];
  const deadline = performance.now() + 120_000;
  while ((samples.at(-1)?.stored ?? 0) < EVENTS && performance.now() < deadline) {
    const from = performance.now();
    const { length } = await scenario.rsyslog.process.lines();
    samples.push({ from, to: performance.now(), stored: length });
    await sleep(20);
  }
  return samples;
}

describe.skipIf(!isRsyslogInstalled())("maxPerSecond (needs rsyslogd)", () => {
  it("is kept while a backlog is made up for, and everything arrives once", async () => {
    await play({}, async (scenario) => {
      const { daemon } = scenario;
      scenario.show("signIns", every(EVENTS, 60_000));
      const config = scenario.config();
      daemon.configure({ ...config, sinks: config.sinks.map((sink) => ({ ...sink, maxPerSecond: RATE })) });
      await daemon.start();

      const samples = await watch(scenario);

      const tooMany = samples.flatMap((one) =>
        samples.filter(({ from, to, stored }) => {
          const seconds = Math.floor((to - one.from) / 1_000) + 1;
          return from > one.from && stored - one.stored > seconds * RATE;
        }),
      );
      expect(samples.filter(({ stored }) => stored > 0 && stored < EVENTS).length).toBeGreaterThan(10);
      expect(tooMany).toEqual([]);
      expect(await daemon.stop()).toBe(0);
      expect(await scenario.compare()).toEqual(NOTHING_WRONG);
    });
  });
});
