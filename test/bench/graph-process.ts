/** The simulated Graph in a process of its own, driven by messages, so that it never takes its subject's processor. */
import type { SourceName } from "../../src/core/event.ts";
import { RecordFactory } from "../../src/simulator/records.ts";
import { Simulator, type SimulatorOptions } from "../../src/simulator/simulator.ts";
import { preparedPages } from "./prepared-pages.ts";

/** So many records of a source with times between two ages, evenly. */
export interface Filling {
  readonly tenantId: string;
  readonly source: SourceName;
  readonly count: number;
  readonly fromAgeMs: number;
  readonly toAgeMs: number;
}

export interface Visible {
  readonly identity: string;
  readonly visibleAt: number;
}

const SEED = 7;
const records = new RecordFactory(SEED);
let simulator: Simulator | undefined;
const trickles: NodeJS.Timeout[] = [];

function running(): Simulator {
  if (simulator === undefined) throw new Error("Graph is not started");
  return simulator;
}

const METHODS = {
  start: (options: SimulatorOptions) => {
    simulator = new Simulator({ ...options, compress: preparedPages() });
    return simulator.start();
  },
  fill: ({ tenantId, source, count, fromAgeMs, toAgeMs }: Filling) => {
    const now = running().clock.now();
    for (let index = 0; index < count; index += 1) {
      const age = fromAgeMs + ((toAgeMs - fromAgeMs) * index) / count;
      running().show(tenantId, source, records.invent(source, now - age));
    }
  },
  /** Shows new records at an even pace, one tenant after the other. */
  trickle: (tenantIds: readonly string[], source: SourceName, perSecond: number) => {
    let shown = 0;
    const start = performance.now();
    const trickle = setInterval(() => {
      for (const due = ((performance.now() - start) / 1_000) * perSecond; shown < due; shown += 1) {
        const tenantId = tenantIds[shown % tenantIds.length] ?? "";
        running().show(tenantId, source, records.invent(source, running().clock.now()));
      }
    }, 5);
    trickles.push(trickle);
  },
  endTrickles: () => {
    for (const trickle of trickles.splice(0)) clearInterval(trickle);
  },
  /** What became visible from a place in the ledger on. */
  ledger: (from: number): Visible[] =>
    running()
      .ledger.slice(from)
      .map(({ tenantId, id, revision, visibleAt }) => ({ identity: `${tenantId}/${id}@${revision}`, visibleAt })),
  requests: () => running().requests,
  violations: () => running().violations,
  stop: () => running().stop(),
};

export type Methods = typeof METHODS;

interface Call {
  readonly number: number;
  readonly method: keyof Methods;
  readonly args: readonly unknown[];
}

process.on("message", (call: Call) => {
  void answer(call);
});
process.on("disconnect", () => process.exit());

async function answer({ number, method, args }: Call): Promise<void> {
  try {
    const call: (...args: readonly never[]) => unknown = METHODS[method];
    process.send?.({ number, result: await Reflect.apply(call, undefined, args) });
  } catch (error) {
    process.send?.({ number, error: String(error) });
  }
}
