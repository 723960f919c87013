/** kill -9 of the daemon at a named point of its work, again and again, each followed by a restart. */
import { strict as assert } from "node:assert";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { onRig, type Rig } from "./rig.ts";
import type { Row } from "./row.ts";

const PRELOAD = join(import.meta.dirname, "failpoints.ts");
/** More than a page of one collection within the head's overlap, so that every walk has a next page. */
const FIRST = 700;
const AT_A_TIME = 30;

export interface FailpointKills {
  readonly point: string;
  readonly kills: number;
}

export function failpointKills({ point, kills }: FailpointKills): Promise<Row[]> {
  return onRig({ riskTenants: 2 }, async (rig) => {
    // Delivered events are pruned at once, and the overlap holds what was shown at the beginning.
    rig.configure({ store: { path: "state.db", retain: "0s" } });
    for (const place of rig.places) rig.show(FIRST, place);
    for (let kill = 0; kill < kills; kill += 1) await strike(rig, point, 1 + (kill % 3));
    const recoverySeconds = await rig.recover();

    assert.equal(await rig.daemon.stop(), 0);
    return rig.rows(`kill -9 ${point}`, { meant: kills, recoverySeconds });
  });
}

/** One life of the daemon that ends at the failpoint; `call`: which time that it gets there. */
async function strike(rig: Rig, point: string, call: number): Promise<void> {
  const proof = join(rig.daemon.directory, "failpoint");
  for (const place of rig.places) rig.show(AT_A_TIME, place);
  rig.daemon.launch({
    node: ["--import", PRELOAD],
    environment: { FAILPOINT: point, FAILPOINT_CALL: String(call), FAILPOINT_PROOF: proof },
  });
  await rig.untilKilled();
  assert.equal(readFileSync(proof, "utf8"), point);
  rmSync(proof);
}
