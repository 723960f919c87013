/** kill -9 of the daemon within a checkpoint of the write-ahead log: only that writes the state file itself. */
import { strict as assert } from "node:assert";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { killedAtWrite } from "../support/strace.ts";
import { onRig, type Rig } from "./rig.ts";
import type { Row } from "./row.ts";

/** The log is checkpointed at every commit from 1,000 pages of 16 KB on. */
const NEARLY_FULL_BYTES = 800 * 16 * 1024;

export function checkpointKills({ kills }: { readonly kills: number }): Promise<Row[]> {
  return onRig({ riskTenants: 2 }, async (rig) => {
    await fillLog(rig);
    for (let kill = 0; kill < kills; kill += 1) await strike(rig, 1 + ((kill * 7) % 60));
    const recoverySeconds = await rig.recover();

    assert.equal(await rig.daemon.stop(), 0);
    return rig.rows("kill -9 in a checkpoint of the write-ahead log", { meant: kills, recoverySeconds });
  });
}

/** A clean stop would checkpoint and remove the log. */
async function fillLog(rig: Rig): Promise<void> {
  await rig.daemon.start();
  const log = `${stateOf(rig)}-wal`;
  while (statSync(log).size < NEARLY_FULL_BYTES) {
    rig.show(100);
    await sleep(200);
  }
  await rig.daemon.stop("SIGKILL");
}

/** One life of the daemon that ends at a write of a checkpoint. */
async function strike(rig: Rig, write: number): Promise<void> {
  const trace = join(rig.daemon.directory, "trace");
  rig.daemon.launch({ under: killedAtWrite(stateOf(rig), write, trace) });
  await rig.untilKilled();
  assert.equal(readFileSync(trace, "utf8").match(/pwrite64\(/g)?.length, write);
}

function stateOf({ daemon }: Rig): string {
  return join(daemon.directory, "state.db");
}
