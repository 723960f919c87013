/** How many events a second one processor takes, when Graph gives more than it can: its limits are 500 for a tenant. */
import { type Figure, figure } from "./figure.ts";
import { benchTenants, NO_SWEEPS, onRig, type Rig } from "./rig.ts";

const OF_A_TENANT = 500;

export interface Throughput {
  /** So many, with so few events each, that Graph's limits let a processor have more than it can take. */
  readonly tenants: number;
  readonly perTenant: number;
  readonly rounds: number;
}

export async function throughput({ tenants, perTenant, rounds }: Throughput): Promise<Figure[]> {
  const values: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    values.push(
      await onRig({ tenants: benchTenants(tenants) }, async (rig) => {
        await rig.fill(perTenant);
        return rateOf(rig, tenants * perTenant);
      }),
    );
  }
  return [
    figure({
      name: "events a second on one processor, in tenants at Graph's limit",
      values,
      references: [OF_A_TENANT],
      gate: { atLeast: 20 },
      goal: { atLeast: 30 },
    }),
  ];
}

/** From the start to the last event: what is read faster than it is delivered must not count before it is. */
async function rateOf(rig: Rig, events: number): Promise<number> {
  rig.configure({ sources: NO_SWEEPS });
  await rig.startDaemon();
  const start = performance.now();
  await rig.untilStored(events);
  return events / ((performance.now() - start) / 1_000);
}
