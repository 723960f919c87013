import { describe, expect, it } from "vitest";
import { GRAPH_RATES, Limits } from "../../../src/simulator/limits.ts";
import { CLIENT, CREDENTIAL, TENANT, world } from "./client.ts";

const REPORTS = { limit: "reports", tenantId: TENANT, appId: CLIENT } as const;
const PROTECTION = { limit: "identityProtection", tenantId: TENANT, appId: CLIENT } as const;

function exceeded(limits: Limits, charge: typeof REPORTS | typeof PROTECTION, times: readonly number[]): boolean[] {
  return times.map((at) => limits.exceededBy({ at, earliest: at }, charge) !== undefined);
}

describe("limits", () => {
  it("allows 5 report requests in 10 s, with a little jitter", () => {
    const limits = new Limits(GRAPH_RATES);

    expect(exceeded(limits, REPORTS, [0, 1, 2, 3, 4])).toEqual([false, false, false, false, false]);
    expect(exceeded(limits, REPORTS, [9_400, 19_500])).toEqual([true, false]);
  });

  it("allows 1 identityProtection request a second, whatever the app", () => {
    const limits = new Limits(GRAPH_RATES);

    expect(exceeded(limits, PROTECTION, [0, 960, 1_500])).toEqual([false, false, true]);
    expect(limits.exceededBy({ at: 1_600, earliest: 1_600 }, { ...PROTECTION, appId: "another" })).toBeDefined();
    expect(limits.exceededBy({ at: 1_600, earliest: 1_600 }, { ...PROTECTION, tenantId: "another" })).toBeUndefined();
  });

  it("counts refused requests, so that a client that hammers stays throttled", () => {
    const limits = new Limits(GRAPH_RATES);

    expect(exceeded(limits, PROTECTION, [0, 500, 1_000, 1_500, 2_500])).toEqual([false, true, true, true, false]);
  });

  it("allows 122 report requests in 10 s per app over all tenants", () => {
    const limits = new Limits(GRAPH_RATES);
    const charges = Array.from({ length: 123 }, (_, index) => ({ ...REPORTS, tenantId: `tenant ${index}` }));

    const answers = charges.map((charge, at) => limits.exceededBy({ at, earliest: at }, charge));

    expect(answers.slice(0, 122)).toEqual(Array.from({ length: 122 }));
    expect(answers[122]).toContain("122 allowed");
  });

  it("does not take its own slowness for a client that hurries", () => {
    const limits = new Limits(GRAPH_RATES);
    limits.exceededBy({ at: 1_000, earliest: 700 }, PROTECTION);

    expect(limits.exceededBy({ at: 1_700, earliest: 1_700 }, PROTECTION)).toBeUndefined();
  });

  it("answers 429 without Retry-After and writes the violation down", async () => {
    const { simulator, get, list } = await world({ rates: { identityProtection: { requests: 1, perMs: 60_000 } } });

    const first = await get(list("riskyUsers"));
    const second = await get(list("riskDetections"));

    expect([first.status, second.status]).toEqual([200, 429]);
    expect(second.headers.get("retry-after")).toBeNull();
    expect(simulator.violations).toEqual([`2 requests in 60000 ms, 1 allowed: identityProtection of tenant ${TENANT}`]);
  });

  it("counts a request that a fault answers", async () => {
    const { simulator, get, list } = await world({
      tenants: [CREDENTIAL],
      rates: { reports: { requests: 1, perMs: 60_000 } },
    });
    const storm = simulator.fault({ kind: "throttle", times: 1 });

    await get(list("signIns"));
    await get(list("signIns"));

    expect(storm.fired).toBe(1);
    expect(simulator.violations).toHaveLength(1);
  });
});
