/** Records that a collector refuses for good, and one that Graph cannot serve in a readable page. */
import { strict as assert } from "node:assert";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Installation } from "../support/daemon.ts";
import { isNoticeLine } from "../support/notice-lines.ts";
import { until } from "../support/poll.ts";
import { agreeable, RelpServer, rsp } from "../support/relp-server.ts";
import { every, identityOf, Scenario } from "../support/scenario.ts";
import { ledgerIdentity } from "../support/stored.ts";
import { onRig, type Rig } from "./rig.ts";
import { kept, type Row } from "./row.ts";

const ONE_IN = 1_000;
const MINUTE_MS = 60_000;
const DEADLINE_MS = 600_000;

/** A collector that refuses one record in a thousand. */
export async function poisonRecords({ events }: { readonly events: number }): Promise<Row[]> {
  const scenario = new Scenario();
  const collector = new FussyCollector();
  const { daemon, simulator } = scenario;
  try {
    await scenario.start();
    scenario.show("signIns", every(events, MINUTE_MS / 60));
    const identities = simulator.ledger.map(ledgerIdentity);
    collector.poison = new Set(identities.filter((_, index) => index % ONE_IN === ONE_IN / 2));
    const port = await collector.server.start();
    const config = scenario.config({ sinks: [{ name: "siem", type: "relp", host: "127.0.0.1", port }] });
    daemon.configure(config);
    await daemon.start();
    const isAnswered = () => collector.taken.length + collector.refused.length >= events;
    await until("every record is answered for", isAnswered, DEADLINE_MS);

    assert.equal(await daemon.stop(), 0);
    assert.deepEqual(deadLetters(join(daemon.directory, "state.db")), [...collector.poison].toSorted());
    assert.deepEqual(collector.refused.toSorted(), [...collector.poison].toSorted());
    // One refusal among others is no trouble of the sink: nothing has waited for it.
    assert.deepEqual(complaints(daemon), []);
    const taken = new Set(collector.taken);
    const good = identities.filter((identity) => !collector.poison.has(identity));
    const row = {
      fault: "a record that the collector refuses, relp",
      caused: collector.refused.length,
      events: identities.length,
      lost: good.filter((identity) => !taken.has(identity)).length,
      duplicated: collector.taken.length - taken.size,
      allowedDuplicates: 0,
      recoverySeconds: 0,
      remark: "exactly those in the dead letters",
    };
    return [kept(row, Math.floor(events / ONE_IN))];
  } finally {
    await collector.server.stop();
    await scenario.dispose();
  }
}

/** Takes every message but the poisonous ones. */
class FussyCollector {
  poison: ReadonlySet<string> = new Set();
  readonly taken: string[] = [];
  readonly refused: string[] = [];
  readonly server = new RelpServer((frame) => {
    if (frame.command !== "syslog" || isNoticeLine(frame.data)) return agreeable(frame);
    const identity = identityOf(frame.data);
    const isPoison = this.poison.has(identity);
    (isPoison ? this.refused : this.taken).push(identity);
    return isPoison ? rsp(frame, "500 refused") : agreeable(frame);
  });
}

/** The identities of the dead letters, sorted. */
function deadLetters(path: string): string[] {
  const db = new Database(path, { readonly: true });
  try {
    const identities = db.prepare<[], string>(
      `SELECT tenant || '/' || event.id || '@' || revision FROM dead_letter JOIN event USING (seq)
       JOIN stream ON stream.id = event.stream`,
    );
    return identities.pluck().all().toSorted();
  } finally {
    db.close();
  }
}

function complaints(daemon: Installation): string[] {
  return daemon.log.map(({ message }) => message).filter((message) => message.startsWith("sink "));
}

/** A record that spoils every page it is on. */
export function poisonPage({ events }: { readonly events: number }): Promise<Row[]> {
  return onRig({ riskTenants: 0, signInTenants: 1 }, async (rig) => {
    const { scenario, daemon } = rig;
    const ids = scenario.show("signIns", every(events, 4 * MINUTE_MS));
    const holding = ids[Math.floor(events / 2)]!;
    const fault = scenario.simulator.fault({ kind: "unparsable", holding, source: "signIns" });
    await daemon.start();
    await until("everything but that record is stored", () => isOnlyMissing(rig, holding), DEADLINE_MS);
    rig.show(5);
    await until("the present goes on", () => isOnlyMissing(rig, holding), DEADLINE_MS);
    fault.clear();
    const before = performance.now();
    await rig.untilStored(DEADLINE_MS);
    const recoverySeconds = (performance.now() - before) / 1_000;

    assert.equal(await daemon.stop(), 0);
    const outcome = { meant: 1, caused: fault.fired, recoverySeconds, repeatsPerFault: 0 };
    const rows = rig.rows("a page that Graph cannot serve readably", outcome);
    return rows.map((row) => ({ ...row, remark: "all others arrive before it heals" }));
  });
}

function isOnlyMissing({ scenario, receivers }: Rig, id: string): boolean {
  return receivers.every(({ stored }) => {
    stored.read();
    const missing = stored.missing(scenario.simulator.ledger);
    return missing.length === 1 && missing[0]?.includes(id) === true;
  });
}
