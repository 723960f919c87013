/**
 * The long form of the fault suite: causes every fault as often as it is told to and prints the table.
 *
 *   npm run test:faults -- [--only NAME] [--kills 500] [--failpoints 20] [--events 200000] …
 */
import { parseArgs } from "node:util";
import { checkpointKills } from "./checkpoint-kills.ts";
import { failpointKills } from "./failpoint-kills.ts";
import { FAILPOINT_NAMES } from "./failpoints.ts";
import { randomKills } from "./random-kills.ts";
import { HEADER, line, type Row } from "./row.ts";
import { storageErrors } from "./storage-errors.ts";
import { tornCopies } from "./torn-copies.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    kills: { type: "string", default: "500" },
    failpoints: { type: "string", default: "20" },
    errors: { type: "string", default: "200" },
    copies: { type: "string", default: "1000" },
    events: { type: "string", default: "200000" },
  },
});

const FAULTS: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  kills: () => randomKills({ kills: Number(values.kills), events: Number(values.events) }),
  ...Object.fromEntries(
    FAILPOINT_NAMES.map((point) => [point, () => failpointKills({ point, kills: Number(values.failpoints) })]),
  ),
  checkpoint: () => checkpointKills({ kills: Number(values.failpoints) }),
  copies: () => tornCopies({ copies: Number(values.copies) }),
  "EIO write": () => storageErrors({ error: "EIO", calls: "write", each: 3, failures: Number(values.errors) }),
  "EIO sync": () => storageErrors({ error: "EIO", calls: "sync", each: 3, failures: Number(values.errors) }),
  "EIO every": () => storageErrors({ error: "EIO", calls: "write", each: 1, failures: Number(values.errors) }),
  ENOSPC: () => storageErrors({ error: "ENOSPC", calls: "write", each: 1, failures: Number(values.errors) }),
};

process.stdout.write(`${HEADER}\n`);
for (const [name, play] of Object.entries(FAULTS)) {
  if (values.only !== undefined && !values.only.includes(name)) continue;
  for (const row of await play()) process.stdout.write(`${line(row)}\n`);
}
