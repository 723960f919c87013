/** Graph answers 429 without Retry-After to every request for a while. */
import { strict as assert } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../support/poll.ts";
import { onRig } from "./rig.ts";
import type { Row } from "./row.ts";

const DEADLINE_MS = 180_000;
const EVENTS_EVERY_MS = 1_000;

export interface Throttling {
  readonly forMs: number;
  /** One interval; the longest back-off is half a minute. */
  readonly recoversWithinMs: number;
}

export function throttling({ forMs, recoversWithinMs }: Throttling): Promise<Row[]> {
  return onRig({ riskTenants: 2, signInTenants: 2 }, async (rig) => {
    const { daemon, scenario } = rig;
    const source = { every: "60s", sweeps: [] };
    rig.configure({ sources: { signIns: source, riskDetections: source, riskyUsers: { every: "60s" } } });
    rig.show(100);
    await daemon.start();
    await rig.untilStored();
    const fault = scenario.simulator.fault({ kind: "throttle" });
    const end = performance.now() + forMs;
    while (performance.now() < end) {
      rig.show(10);
      await sleep(EVENTS_EVERY_MS);
    }
    await until("every stream was throttled", () => fault.fired >= rig.places.length, DEADLINE_MS);
    assert.equal(rig.hasEverything(), false);
    fault.clear();
    const before = performance.now();
    await rig.untilStored(recoversWithinMs);
    const recoverySeconds = (performance.now() - before) / 1_000;

    assert.equal(await daemon.stop(), 0);
    const fired = { meant: rig.places.length, caused: fault.fired, recoverySeconds, repeatsPerFault: 0 };
    const rows = rig.rows(`429 without Retry-After for ${Math.round(forMs / 1_000)} s`, fired);
    return rows.map((row) => ({ ...row, remark: "no budget exceeded" }));
  });
}
