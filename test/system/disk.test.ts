/** A disk that is really full: a small file system of its own, filled up under the running daemon. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { until } from "../support/poll.ts";
import { isRsyslogInstalled } from "../support/rsyslog.ts";
import { every, NOTHING_WRONG, Scenario } from "../support/scenario.ts";
import { fill, makeRoom, mountSmallDisk, unmountSmallDisk } from "../support/small-disk.ts";

async function run(disk: string): Promise<void> {
  const scenario = new Scenario();
  const { daemon } = scenario;
  try {
    await scenario.start();
    scenario.show("signIns", every(300, 60_000));
    daemon.configure(scenario.config({ store: { path: join(disk, "state.db") }, log: { level: "info" } }));
    await daemon.start();
    await scenario.untilDelivered();

    expect(fill(disk)).toBe("ENOSPC");
    scenario.show("signIns", every(500, 0));
    scenario.show("riskDetections", every(20, 0));
    await until("it meets the full disk", () => daemon.log.some(({ code }) => code === "ERF5004"), 60_000);
    await sleep(12_000);
    expect((await scenario.compare()).lost.length).toBeGreaterThan(0);
    makeRoom(disk);
    await scenario.untilDelivered(90_000);

    expect(await daemon.stop()).toBe(0);
    expect(await scenario.compare()).toEqual(NOTHING_WRONG);
  } finally {
    await scenario.dispose();
    unmountSmallDisk(disk);
  }
}

describe.skipIf(!isRsyslogInstalled())("a full disk (needs rsyslogd)", () => {
  it("pauses reading, keeps the process up, and loses nothing when there is room again", async ({ skip }) => {
    const disk = mountSmallDisk(64);
    if (disk === undefined) skip("needs the right to mount a file system");
    else await run(disk);
  });
});
