/** A disk that is really full: a small file system of its own, filled up under the running daemon. */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { openStore } from "../../src/store/sqlite/sqlite-store.ts";
import { said } from "../support/daemon.ts";
import { until } from "../support/poll.ts";
import { isRsyslogInstalled } from "../support/rsyslog.ts";
import { every, NOTHING_WRONG, Scenario } from "../support/scenario.ts";
import { fill, makeRoom, mountSmallDisk, unmountSmallDisk } from "../support/small-disk.ts";

const DISK_BYTES = 4 * 1_024 ** 2;

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

    expect(fill(disk)).toBe("ENOSPC");
    scenario.show("signIns", every(10, 0));
    daemon.launch();
    await until("it cannot start", () => said(daemon.log, "cannot start yet, will retry") === 1);
    expect(await daemon.stop()).toBe(0);
    expect(daemon.latestLog.at(-1)).toMatchObject({ message: "stopped", exitCode: 0 });

    const started = daemon.start();
    await until("it cannot start", () => said(daemon.log, "cannot start yet, will retry") === 2);
    makeRoom(disk);
    await started;
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

/** First starts with more and more room, each followed by one with enough. */
async function startWithLittleRoom(disk: string): Promise<void> {
  const path = join(disk, "state.db");
  const outcomes = new Set<string>();
  try {
    for (let kilobytes = 64; kilobytes <= 3_072; kilobytes += 64) {
      writeFileSync(join(disk, "filling-0"), Buffer.alloc(DISK_BYTES - kilobytes * 1_024));
      outcomes.add(await opened(path));
      makeRoom(disk);
      expect(await opened(path)).toBe("opened");
      for (const name of readdirSync(disk)) rmSync(join(disk, name));
    }
    expect(outcomes).toEqual(new Set(["TransientError", "opened"]));
  } finally {
    unmountSmallDisk(disk);
  }
}

async function opened(path: string): Promise<string> {
  try {
    await openStore(path, Date.now).close();
    return "opened";
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

describe("a disk that has hardly room for a new state", () => {
  it("gets a whole state or none", async ({ skip }) => {
    const disk = mountSmallDisk(DISK_BYTES / 1_024 ** 2);
    if (disk === undefined) skip("needs the right to mount a file system");
    else await startWithLittleRoom(disk);
  });
});
