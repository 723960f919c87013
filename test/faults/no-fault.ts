/** No fault at all: everything once and in the log's order, and nothing again after a clean restart. */
import { strict as assert } from "node:assert";
import { join } from "node:path";
import Database from "better-sqlite3";
import { onRig, type Place, type Rig } from "./rig.ts";
import type { Row } from "./row.ts";

const TENANTS = 10;
/** Less than the first start reaches back: making a million records visible takes a while. */
const SPAN_MS = 20 * 3_600_000;
const LATER = 50;
const DEADLINE_MS = 3_600_000;

export function noFault({ events }: { readonly events: number }): Promise<Row[]> {
  return onRig({ riskTenants: 0, signInTenants: TENANTS }, async (rig) => {
    const { daemon } = rig;
    showThePast(rig, events, rig.places);
    const before = performance.now();
    await daemon.start();
    await rig.untilStored(DEADLINE_MS);
    const perSecond = Math.round((events / (performance.now() - before)) * 1_000);
    assert.equal(await daemon.stop(), 0);
    rig.show(LATER);
    const recoverySeconds = await rig.recover();
    assert.equal(await daemon.stop(), 0);

    const inOrder = readLog(join(daemon.directory, "state.db"));
    for (const { sink, stored } of rig.receivers) {
      assert.deepEqual(stored.identities, inOrder, `${sink} did not get the log's order`);
    }
    const rows = rig.rows("none, and a clean restart", { meant: 1, recoverySeconds, repeatsPerFault: 0 });
    return rows.map((row) => ({ ...row, remark: `in the log's order, ${perSecond.toLocaleString("en")} events/s` }));
  });
}

/** Records of several collections, spread over the time before Graph's present. */
export function showThePast(rig: Rig, events: number, places: readonly Place[]): void {
  const each = Math.ceil(events / places.length);
  const ages = Array.from({ length: each }, (_, index) => (index * SPAN_MS) / each);
  for (const { tenant, source } of places) rig.scenario.show(source, ages, { tenant });
}

/** The identities of all events of the log, in its order. */
function readLog(path: string): string[] {
  const db = new Database(path, { readonly: true });
  try {
    return db
      .prepare<[], string>(
        `SELECT tenant || '/' || event.id || '@' || revision FROM event JOIN stream ON stream.id = event.stream
         WHERE source <> 'forwarder' ORDER BY seq`,
      )
      .pluck()
      .all();
  } finally {
    db.close();
  }
}
