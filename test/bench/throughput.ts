/** How many events a second one processor takes, when Graph gives more than it can: its limits are 500 for a tenant. */
import { type Figure, figure } from "./figure.ts";
import { benchTenants, NO_SWEEPS, onRig, type Rig } from "./rig.ts";

const OF_A_TENANT = 500;

export interface Throughput {
  /** So many that together they may read more than a processor can take. */
  readonly tenants: number;
  /** More than three pages of sign-ins: a first window's worth would be read before the figure is taken. */
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

/** Between a quarter and three quarters of the events: neither the start nor the last pages count. */
async function rateOf(rig: Rig, events: number): Promise<number> {
  rig.configure({ sources: NO_SWEEPS });
  await rig.startDaemon();
  await rig.untilStored(events / 4);
  const [from, start] = [rig.stored.read(), performance.now()];
  await rig.untilStored((events * 3) / 4);
  return (rig.stored.read() - from) / ((performance.now() - start) / 1_000);
}
