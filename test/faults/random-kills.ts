/** kill -9 of the daemon at random moments, each followed by a restart, while events appear all the time. */
import { strict as assert } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { onRig, type Rig } from "./rig.ts";
import type { Row } from "./row.ts";

/** The risk collections are read from one second after a start until the last of twelve streams had its first turn. */
const SHORT_LIFE_MS = { least: 300, most: 4_500 };
/** Sign-ins are read again ten seconds after a restart. */
const LONG_LIFE_MS = { least: 10_000, most: 13_000 };
/** One start in ten is itself struck. */
const START_MS = { least: 0, most: 1_000 };
const PIECES = 4;

export interface RandomKills {
  readonly kills: number;
  readonly events: number;
}

export function randomKills({ kills, events }: RandomKills): Promise<Row[]> {
  return onRig({ riskTenants: 6, signInTenants: 2 }, async (rig) => {
    let struck = 0;
    for (let kill = 0; kill < kills; kill += 1) {
      const isAtWork = await live(rig, kill, Math.ceil(events / kills));
      assert.equal(await rig.daemon.stop("SIGKILL"), null);
      if (isAtWork()) struck += 1;
    }
    const recoverySeconds = await rig.recover();

    assert.equal(await rig.daemon.stop(), 0);
    assert.ok(struck >= kills / 4, `only ${struck} of ${kills} kills met a daemon at work`);
    const rows = rig.rows("kill -9 at a random moment", { meant: kills, recoverySeconds });
    return rows.map((row) => ({ ...row, remark: `${struck} kills in the middle of work` }));
  });
}

/** One life of the daemon. Answers whether it had delivered something and not yet everything, to be asked after its end. */
async function live(rig: Rig, kill: number, events: number): Promise<() => boolean> {
  const isStartStruck = kill % 10 === 5;
  const before = rig.stored();
  if (isStartStruck) rig.daemon.launch();
  else await rig.daemon.start();
  const life = between(isStartStruck ? START_MS : kill % 10 === 9 ? LONG_LIFE_MS : SHORT_LIFE_MS);
  for (let piece = 0; piece < PIECES; piece += 1) {
    rig.show(Math.ceil(events / PIECES));
    await sleep(life / PIECES);
  }
  return () => rig.stored() > before && !rig.hasEverything();
}

function between({ least, most }: { readonly least: number; readonly most: number }): number {
  return least + Math.random() * (most - least);
}
