/**
 * The long form of the fault suite: causes every fault as often as it is told to and prints the table.
 *
 *   npm run test:faults                                       everything; some hours
 *   npm run test:faults -- --only kills --kills 80 --events 32000
 */
import { parseArgs } from "node:util";
import { backlog } from "./backlog.ts";
import { checkpointKills } from "./checkpoint-kills.ts";
import { failpointKills } from "./failpoint-kills.ts";
import { FAILPOINT_NAMES } from "./failpoints.ts";
import { lateRecords } from "./late-records.ts";
import { longOutage } from "./long-outage.ts";
import { noFault } from "./no-fault.ts";
import { poisonPage, poisonRecords } from "./poison.ts";
import { randomKills } from "./random-kills.ts";
import { reloadsUnderLoad } from "./reloads.ts";
import { HEADER, line, type Row } from "./row.ts";
import { allStops } from "./stops.ts";
import { storageErrors } from "./storage-errors.ts";
import { throttling } from "./throttling.ts";
import { tornCopies } from "./torn-copies.ts";

const { values } = parseArgs({
  options: {
    /** Names of the faults to cause, instead of all. */
    only: { type: "string", multiple: true },
    /** Kills at random moments, and the events that appear meanwhile. */
    kills: { type: "string", default: "500" },
    events: { type: "string", default: "200000" },
    /** Kills at each named point. */
    failpoints: { type: "string", default: "20" },
    /** Copies of the state, one in two of them torn. */
    copies: { type: "string", default: "1000" },
    /** System calls that fail, of each kind. */
    errors: { type: "string", default: "60" },
    /** Events of the run without a fault and of the backlog. */
    volume: { type: "string", default: "1000000" },
    /** Events of which one in a thousand is refused. */
    poison: { type: "string", default: "20000" },
    /** Signals to reload, one in four of them with a configuration that is refused. */
    reloads: { type: "string", default: "100" },
    /** Stops over each transport, in each of five states of Graph and the collector. */
    stops: { type: "string", default: "20" },
    /** How long Graph throttles. */
    minutes: { type: "string", default: "10" },
    /** Records of each collection that are late, revised, or of the time of an outage. */
    late: { type: "string", default: "1000" },
  },
});

const { only } = values;
const kills = Number(values.failpoints);
const failures = Number(values.errors);
const volume = Number(values.volume);
const late = Number(values.late);

const FAULTS: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  kills: () => randomKills({ kills: Number(values.kills), events: Number(values.events) }),
  ...Object.fromEntries(FAILPOINT_NAMES.map((point) => [point, () => failpointKills({ point, kills })])),
  checkpoint: () => checkpointKills({ kills }),
  copies: () => tornCopies({ copies: Number(values.copies) }),
  "EIO write": () => storageErrors({ error: "EIO", calls: "write", each: 3, failures }),
  "EIO sync": () => storageErrors({ error: "EIO", calls: "sync", each: 3, failures }),
  EIO: () => storageErrors({ error: "EIO", calls: "write", each: 1, failures }),
  ENOSPC: () => storageErrors({ error: "ENOSPC", calls: "write", each: 1, failures }),
  "poison record": () => poisonRecords({ events: Number(values.poison) }),
  "poison page": () => poisonPage({ events: 300 }),
  late: () => lateRecords({ events: late }),
  outage: () => longOutage({ events: late }),
  reloads: async () => [await reloadsUnderLoad(Number(values.reloads))],
  stops: () => allStops(Number(values.stops)),
  throttling: () => throttling({ forMs: Number(values.minutes) * 60_000, recoversWithinMs: 60_000 }),
  "no fault": () => noFault({ events: volume }),
  backlog: () => backlog({ events: volume, before: volume, limits: { memoryRatio: 1.1, moreStartSeconds: 2 } }),
};

/** A fault that breaks the promise is told, and the others are caused all the same. */
async function play(name: string): Promise<void> {
  try {
    for (const row of (await FAULTS[name]?.()) ?? []) process.stdout.write(`${line(row)}\n`);
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${name}: ${error instanceof Error ? error.stack : String(error)}\n`);
  }
}

for (const name of only ?? []) if (!(name in FAULTS)) throw new Error(`no such fault: ${name}`);
process.stdout.write(`${HEADER}\n`);
for (const name of Object.keys(FAULTS)) if (only === undefined || only.includes(name)) await play(name);
