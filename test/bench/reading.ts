/** What benchmarks of reading share: records to read, and what Graph saw of the reading. */
import type { Graph } from "./graph.ts";
import type { Filling } from "./graph-process.ts";
import type { Rig } from "./rig.ts";

export const SECOND_MS = 1_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

interface Counts {
  readonly signIns: number;
  readonly riskDetections: number;
}

/** So many records for each tenant. */
export async function fillAll(
  { graph, tenants }: Rig,
  { signIns, riskDetections }: Counts,
  span: Pick<Filling, "fromAgeMs" | "toAgeMs">,
): Promise<void> {
  for (const { tenantId } of tenants) {
    await graph.call("fill", { tenantId, source: "signIns", count: signIns, ...span });
    await graph.call("fill", { tenantId, source: "riskDetections", count: riskDetections, ...span });
  }
}

/** Requests of re-reads and sweeps so far: only they have an upper bound. */
export async function rereadRequests(graph: Graph): Promise<number> {
  const requests = await graph.call("requests");
  return requests.filter(({ query }) => decodeURIComponent(query).includes(" le ")).length;
}

/** Throws when Graph had to refuse or to object to anything. */
export async function requireLawful(graph: Graph): Promise<void> {
  const violations = await graph.call("violations");
  if (violations.length > 0) throw new Error(`${violations.length} violations, first: ${violations[0]}`);
}
