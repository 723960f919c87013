import { describe, expect, it } from "vitest";
import { RecordFactory } from "../../../src/simulator/records.ts";
import { accessToken, CREDENTIAL, errorOf, idsOf, TENANT, type World, world } from "./client.ts";

const records = new RecordFactory(13);
const START = Date.now() - 3_600_000;
const OTHER = "11111111-2222-4333-8444-555555555555";

function show({ simulator }: World, source: "signIns" | "riskDetections" | "riskyUsers", count: number): string[] {
  const ids = Array.from({ length: count }, (_, index) => `${source}-${String(index).padStart(3, "0")}`);
  for (const [index, id] of ids.entries()) {
    simulator.show(TENANT, source, records.invent(source, START + index * 1_000, { changes: { id } }));
  }
  return ids;
}

describe("paging", () => {
  it("walks sign-ins newest first, every one once", async () => {
    const graph = await world();
    const ids = show(graph, "signIns", 25);

    const pages = await graph.walk(graph.list("signIns", { $top: "10" }));

    expect(pages.map(({ value }) => value.length)).toEqual([10, 10, 5]);
    expect(idsOf(pages)).toEqual(ids.toReversed());
    expect(graph.simulator.violations).toEqual([]);
  });

  it("orders sign-ins oldest first on request", async () => {
    const graph = await world();
    const ids = show(graph, "signIns", 5);

    expect(idsOf(await graph.walk(graph.list("signIns", { $top: "2", $orderby: "createdDateTime asc" })))).toEqual(ids);
  });

  it("walks sign-ins as they were at the first page", async () => {
    const graph = await world();
    const ids = show(graph, "signIns", 4);
    const first = await graph.page(graph.list("signIns", { $top: "2" }));

    graph.simulator.show(TENANT, "signIns", records.invent("signIns", START + 2_500));
    graph.simulator.revise(TENANT, "signIns", ids[0]!, { riskState: "dismissed" });
    const second = await graph.page(first["@odata.nextLink"]!);

    expect(idsOf([second])).toEqual([ids[1], ids[0]]);
    expect(second.value[1]).not.toMatchObject({ riskState: "dismissed" });
  });

  it("has no nextLink on a page that is exactly full and the last", async () => {
    const graph = await world();
    show(graph, "riskyUsers", 4);

    const pages = await graph.walk(graph.list("riskyUsers", { $top: "2" }));

    expect(pages.map(({ value }) => value.length)).toEqual([2, 2]);
  });

  it("lists the risk collections unordered, in the same order each time", async () => {
    const graph = await world();
    const ids = show(graph, "riskDetections", 30);

    const first = idsOf(await graph.walk(graph.list("riskDetections")));
    const second = idsOf(await graph.walk(graph.list("riskDetections", { $top: "7" })));

    expect(first).toEqual(second);
    expect(first).not.toEqual(ids);
    expect(new Set(first)).toEqual(new Set(ids));
    expect(first).toHaveLength(ids.length);
  });

  it("lets rows of a live set slip over page borders", async () => {
    const graph = await world();
    show(graph, "riskDetections", 6);
    const end = new Date(START + 60_000).toISOString();
    const $filter = `lastUpdatedDateTime le ${end}`;
    const first = await graph.page(graph.list("riskDetections", { $filter, $top: "3" }));

    graph.simulator.revise(TENANT, "riskDetections", String(first.value[0]?.["id"]), { riskState: "dismissed" });
    const second = await graph.page(first["@odata.nextLink"]!);

    expect(second.value).toHaveLength(2);
  });

  it("answers a nextLink again", async () => {
    const graph = await world();
    show(graph, "signIns", 4);
    const first = await graph.page(graph.list("signIns", { $top: "2" }));

    const once = await graph.page(first["@odata.nextLink"]!);
    const twice = await graph.page(first["@odata.nextLink"]!);

    expect(idsOf([twice])).toEqual(idsOf([once]));
  });

  it.each([
    ["modified", (link: string) => link.replace("top=2", "top=3"), "nextLink modified"],
    ["with an unknown token", (link: string) => link.replace(/skiptoken=.*/, "skiptoken=abc_2"), "unknown skip token"],
    ["with an empty token", (link: string) => link.replace(/skiptoken=.*/, "skiptoken="), "empty skip token"],
    [
      "of another collection",
      (link: string) => link.replace("auditLogs/signIns", "identityProtection/riskyUsers"),
      "modified",
    ],
  ])("refuses a nextLink %s", async (_, modify, violation) => {
    const graph = await world();
    show(graph, "signIns", 4);
    const first = await graph.page(graph.list("signIns", { $top: "2" }));

    const response = await graph.get(modify(first["@odata.nextLink"]!));

    expect(response.status).toBe(400);
    expect((await errorOf(response)).code).toBe("UnknownError");
    expect(graph.simulator.violations).toEqual([expect.stringContaining(violation)]);
  });

  it("refuses another tenant's nextLink", async () => {
    const graph = await world({ tenants: [CREDENTIAL, { ...CREDENTIAL, tenantId: OTHER }] });
    show(graph, "signIns", 4);
    const first = await graph.page(graph.list("signIns", { $top: "2" }));
    const token = await accessToken(graph.login, {}, OTHER);

    const response = await graph.get(first["@odata.nextLink"]!, { authorization: `Bearer ${token}` });

    expect(response.status).toBe(400);
    expect(graph.simulator.violations).toEqual([expect.stringContaining(`token of tenant ${OTHER}`)]);
  });

  it("serves each tenant its own records only", async () => {
    const graph = await world({ tenants: [CREDENTIAL, { ...CREDENTIAL, tenantId: OTHER }] });
    show(graph, "signIns", 2);
    const token = await accessToken(graph.login, {}, OTHER);

    const response = await graph.get(graph.list("signIns"), { authorization: `Bearer ${token}` });

    expect(await response.json()).toMatchObject({ value: [] });
  });

  it("finds a record whose time nobody can read by when it became visible", async () => {
    const graph = await world();
    graph.simulator.show(
      TENANT,
      "signIns",
      records.invent("signIns", START, { changes: { id: "x", createdDateTime: "soon" } }),
    );
    const $filter = `createdDateTime ge ${new Date(Date.now() - 60_000).toISOString()}`;

    expect(idsOf(await graph.walk(graph.list("signIns", { $filter })))).toEqual(["x"]);
  });

  it("comes back on the same ports with the same records", async () => {
    const graph = await world();
    show(graph, "signIns", 3);

    await graph.simulator.stop();
    await expect(graph.get(graph.list("signIns"))).rejects.toThrow("fetch failed");
    const origins = await graph.simulator.start();

    expect(origins).toEqual({ login: graph.login, graph: graph.graph });
    expect(await graph.page(graph.list("signIns"))).toHaveProperty("value.length", 3);
  });
});
