/**
 * Named failpoints, loaded into the daemon from outside: `node --import failpoints.ts dist/main.js …`. The shipped
 * program knows nothing of them. A method is wrapped so that its n-th call that counts ends the process by SIGKILL and
 * leaves a file that proves it.
 *
 *   FAILPOINT        its name
 *   FAILPOINT_CALL   which call strikes, 1 for the first
 *   FAILPOINT_PROOF  the file that it leaves
 */
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { after, before, type Prototypes, takeOver } from "./wrapping.ts";

interface Failpoint {
  readonly modules: Readonly<Record<string, string>>;
  readonly arm: (prototypes: Prototypes, strike: () => void) => void;
}

const STORE = { SqliteStore: "store/sqlite/sqlite-store.js" };
const APPENDER = { Appender: "store/sqlite/appender.js" };
const EVENT_LOG = { EventLog: "store/sqlite/event-log.js" };
const CHECKPOINTS = { Checkpoints: "store/sqlite/checkpoints.js" };
const CURSORS = { Cursors: "store/sqlite/cursors.js" };

/** Whether an event was appended in the transaction that is under way. */
let isAppended = false;

const FAILPOINTS: Readonly<Record<string, Failpoint>> = {
  "after fetch": {
    modules: STORE,
    arm: ({ SqliteStore }, strike) =>
      before(SqliteStore, "commit", ([, records]) => {
        if (lengthOf(records) > 0) strike();
      }),
  },
  "before commit": {
    modules: { ...APPENDER, ...CHECKPOINTS },
    arm: ({ Appender, Checkpoints }, strike) => {
      after(Appender, "append", (_, appended) => {
        isAppended = numberOf(appended, "first") + numberOf(appended, "revised") > 0;
      });
      after(Checkpoints, "apply", () => {
        if (isAppended) strike();
      });
    },
  },
  "after commit, before the next page": {
    modules: STORE,
    arm: ({ SqliteStore }, strike) =>
      // Only the last page of a window moves the checkpoint.
      after(SqliteStore, "commit", ([, records, change]) => {
        if (lengthOf(records) > 0 && Object.keys(change ?? {}).length === 0) strike();
      }),
  },
  "after send, before acknowledge": {
    modules: STORE,
    arm: ({ SqliteStore }, strike) => before(SqliteStore, "acknowledge", strike),
  },
  "in the transaction of acknowledge": {
    modules: CURSORS,
    arm: ({ Cursors }, strike) => after(Cursors, "acknowledge", strike),
  },
  "in a prune": {
    modules: EVENT_LOG,
    arm: ({ EventLog }, strike) =>
      after(EventLog, "prune", (_, pruned) => {
        if (numberOf(pruned, "events") > 0) strike();
      }),
  },
};

export const FAILPOINT_NAMES: readonly string[] = Object.keys(FAILPOINTS);

const { FAILPOINT, FAILPOINT_CALL, FAILPOINT_PROOF } = process.env;
if (FAILPOINT !== undefined) arm(FAILPOINT, Number(FAILPOINT_CALL), FAILPOINT_PROOF ?? "");

function arm(name: string, call: number, proof: string): void {
  const point = FAILPOINTS[name];
  if (point === undefined) throw new Error(`no such failpoint: ${name}`);
  let calls = 0;
  takeOver(point.modules, (prototypes) =>
    point.arm(prototypes, () => {
      calls += 1;
      if (calls === call) end(proof, name);
    }),
  );
}

/** The proof is on the disk before the process ends. */
function end(proof: string, name: string): void {
  const file = openSync(proof, "w");
  writeSync(file, name);
  fsyncSync(file);
  closeSync(file);
  process.kill(process.pid, "SIGKILL");
}

/** Of a list, or of the records of a page. */
function lengthOf(list: unknown): number {
  return typeof list === "object" && list !== null && "length" in list ? Number(list.length) : 0;
}

function numberOf(holder: unknown, key: string): number {
  return Number(Object.entries(holder ?? {}).find(([name]) => name === key)?.[1] ?? 0);
}
