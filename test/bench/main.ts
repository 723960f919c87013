/**
 * The benchmarks: each figure against a reference from the same run. `npm run bench`, with --quick for small amounts,
 * --only NAME for one of them, --json for one object a figure.
 */
import { parseArgs } from "node:util";
import { budget } from "./budget.ts";
import { type Figure, table } from "./figure.ts";
import { idle } from "./idle.ts";
import { lag } from "./lag.ts";
import { manyTenants } from "./many-tenants.ts";
import { memory } from "./memory.ts";
import { pathCost } from "./path-cost.ts";
import { makeRoom } from "./processes.ts";
import { scrapes } from "./scrapes.ts";
import { start } from "./start.ts";
import { storeCost } from "./store-cost.ts";
import { throughput } from "./throughput.ts";

type Benchmark = (isQuick: boolean) => Promise<Figure[]>;

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  tenants: (isQuick) =>
    manyTenants(
      isQuick
        ? { tenants: 60, busy: 4, intervalSeconds: 10, riskyUsersSeconds: 10, intervals: 1 }
        : { tenants: 1_000, busy: 20, intervalSeconds: 60, riskyUsersSeconds: 300, intervals: 1 },
    ),
  path: (isQuick) =>
    pathCost(
      isQuick
        ? { tenants: 8, perTenant: 2_500, relayed: 2_000, rounds: 1 }
        : // A million, so that what starts once, compiling above all, weighs as little as it does in a long life.
          { tenants: 40, perTenant: 25_000, relayed: 10_000, rounds: 2 },
    ),
  throughput: (isQuick) =>
    throughput(isQuick ? { tenants: 40, perTenant: 500, rounds: 1 } : { tenants: 100, perTenant: 3_000, rounds: 1 }),
  scrapes: (isQuick) => scrapes(isQuick ? { events: 150_000, scrapes: 25 } : { events: 2_600_000, scrapes: 250 }),
  store: (isQuick) => storeCost(isQuick ? { pages: 10, manyIds: 200_000 } : { pages: 100, manyIds: 10_000_000 }),
  memory: (isQuick) =>
    memory(
      isQuick
        ? { tenants: 20, perTenant: 400, waiting: 20_000, ids: 200_000 }
        : { tenants: 20, perTenant: 4_000, waiting: 1_000_000, ids: 10_000_000 },
    ),
  start: (isQuick) => start(isQuick ? { stateBytes: 40e6, rounds: 1 } : { stateBytes: 2e9, rounds: 5 }),
  budget: (isQuick) => budget(isQuick ? { seconds: 15, rounds: 1 } : { seconds: 120, rounds: 1 }),
  idle: (isQuick) => idle({ seconds: isQuick ? 60 : 300 }),
  lag: (isQuick) =>
    lag(isQuick ? { seconds: 10, pastSeconds: 130, rounds: 1 } : { seconds: 60, pastSeconds: 900, rounds: 2 }),
};

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    only: { type: "string" },
  },
});

makeRoom();
const figures: Figure[] = [];
for (const [name, run] of Object.entries(BENCHMARKS)) {
  if (values.only !== undefined && values.only !== name) continue;
  process.stderr.write(`${name} …\n`);
  try {
    figures.push(...(await run(values.quick)));
  } catch (error) {
    // An hour of others must not be lost with it.
    process.exitCode = 1;
    process.stderr.write(`${name}: ${error instanceof Error ? error.stack : String(error)}\n`);
  }
}
process.stdout.write(`${values.json ? JSON.stringify(figures, undefined, 2) : table(figures)}\n`);
if (figures.some(({ met }) => !met)) process.exitCode = 1;
