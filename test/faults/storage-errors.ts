/** A disk that fails at every n-th write or sync for a while: the daemon stays up and loses nothing. */
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../support/poll.ts";
import { FailingCalls } from "../support/strace.ts";
import { onRig, type Rig } from "./rig.ts";
import type { Row } from "./row.ts";

const NAMES = { write: ["pwrite64"], sync: ["fdatasync", "fsync"] } as const;
/** The longest back-off is 30 s; then there is a poll to be made. */
const RESUMES_WITHIN_MS = 35_000;
const DEADLINE_MS = 1_200_000;

export interface StorageErrors {
  readonly error: "EIO" | "ENOSPC";
  readonly calls: keyof typeof NAMES;
  /** Every n-th call fails; 1: all of them. */
  readonly each: number;
  /** So many calls fail at least. */
  readonly failures: number;
}

export function storageErrors({ error, calls, each, failures }: StorageErrors): Promise<Row[]> {
  return onRig({ riskTenants: 3 }, async (rig) => {
    const { daemon } = rig;
    const state = join(daemon.directory, "state.db");
    const failing = new FailingCalls(join(daemon.directory, "trace"));
    await daemon.start();
    rig.show(200);
    await rig.untilStored();
    try {
      await failing.attach(daemon.pid, { files: [state, `${state}-wal`], calls: NAMES[calls], error, each });
      await goOn(rig, () => failing.count >= failures);
    } finally {
      await failing.detach();
    }
    const recoverySeconds = await resume(rig);

    const said = daemon.log.some(({ code }) => code === "ERF5004");
    assert.ok(said, "the daemon never met an error");
    assert.equal(await daemon.stop(), 0);
    const fault = each === 1 ? `${error} at every ${calls}` : `${error} at one ${calls} in ${each}`;
    return rig.rows(fault, { meant: failures, caused: failing.count, recoverySeconds, repeatsPerFault: 0 });
  });
}

/** Events appear until enough calls have failed. */
async function goOn(rig: Rig, isEnough: () => boolean): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!isEnough()) {
    assert.ok(rig.daemon.isRunning, "the daemon ended");
    assert.ok(performance.now() < deadline, "too few calls failed");
    rig.show(20);
    await sleep(250);
  }
}

/** Answers how many seconds it takes until everything is stored; delivery must go on sooner. */
async function resume(rig: Rig): Promise<number> {
  const before = performance.now();
  rig.show(50);
  const stored = rig.stored();
  await until("delivery goes on", () => rig.stored() > stored, RESUMES_WITHIN_MS);
  await rig.untilStored();
  return (performance.now() - before) / 1_000;
}
