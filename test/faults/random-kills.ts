/** kill -9 of the daemon at random moments, each followed by a restart, while events appear all the time. */
import { strict as assert } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../support/poll.ts";
import { onRig, type Rig } from "./rig.ts";
import type { Row } from "./row.ts";

/** From the first delivery of a life; or from the start, until the last of twelve risk streams had its first turn. */
const AT_WORK_MS = { least: 0, most: 2_000 };
const SHORT_LIFE_MS = { least: 300, most: 4_500 };
/** Sign-ins are read again ten seconds after a restart. */
const SIGN_INS_AFTER_MS = 10_000;
/** One start in ten is itself struck. */
const START_MS = { least: 0, most: 1_000 };
const PIECES = 4;
const DEADLINE_MS = 180_000;

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
  const before = rig.stored();
  const piece = Math.ceil(events / PIECES);
  rig.show(piece);
  const life = await begin(rig, kill % 10);
  for (let shown = 1; shown < PIECES; shown += 1) {
    rig.show(piece);
    await sleep(between(life) / PIECES);
  }
  return () => rig.stored() > before && !rig.hasEverything();
}

/** Starts the daemon; answers how long it is still to live. */
async function begin(rig: Rig, kind: number): Promise<Span> {
  if (kind === 5) {
    rig.daemon.launch();
    return START_MS;
  }
  await rig.daemon.start();
  if (kind === 9) await sleep(SIGN_INS_AFTER_MS);
  else if (kind % 2 === 1) return SHORT_LIFE_MS;
  const before = rig.stored();
  await until("the daemon delivers", () => rig.stored() > before || rig.hasEverything(), DEADLINE_MS);
  return AT_WORK_MS;
}

interface Span {
  readonly least: number;
  readonly most: number;
}

function between({ least, most }: Span): number {
  return least + Math.random() * (most - least);
}
