import { describe, expect, it } from "vitest";
import type { Fault } from "../../../src/simulator/faults.ts";
import { RecordFactory } from "../../../src/simulator/records.ts";
import { accessToken, errorOf, idsOf, TENANT, tokenRequest, type World, world } from "./client.ts";

const records = new RecordFactory(17);
const START = Date.now() - 3_600_000;
const IDS = ["a", "b", "c", "d", "e"];

async function withFault(fault: Fault): Promise<World & { fired: () => number; clear: () => void }> {
  const graph = await world();
  for (const [index, id] of IDS.entries()) {
    graph.simulator.show(TENANT, "signIns", records.invent("signIns", START + index * 1_000, { changes: { id } }));
  }
  const handle = graph.simulator.fault(fault);
  return { ...graph, fired: () => handle.fired, clear: () => handle.clear() };
}

describe("faults that answer in place of Graph", () => {
  it.each([
    [{ kind: "throttle" }, 429, null],
    [{ kind: "throttle", retryAfter: "7" }, 429, "7"],
    [{ kind: "throttle", retryAfter: "Wed, 14 Oct 2026 07:00:12 GMT" }, 429, "Wed, 14 Oct 2026 07:00:12 GMT"],
    [{ kind: "server-error", status: 500, body: "json" }, 500, null],
    [{ kind: "token-refused" }, 401, null],
    [{ kind: "permission-missing" }, 403, null],
    [{ kind: "licence-missing" }, 403, null],
  ] as const)("%o", async (fault, status, retryAfter) => {
    const { get, list, fired } = await withFault(fault);

    const response = await get(list("signIns"));

    expect(response.status).toBe(status);
    expect(response.headers.get("retry-after")).toBe(retryAfter);
    expect(await errorOf(response)).toHaveProperty("message");
    expect(fired()).toBe(1);
  });

  it.each([
    [{ kind: "server-error", status: 502, body: "html" }, 502, "<html>"],
    [{ kind: "server-error", status: 503, body: "empty" }, 503, ""],
    [{ kind: "html" }, 200, "<html>"],
  ] as const)("%o without JSON", async (fault, status, text) => {
    const { get, list } = await withFault(fault);

    const response = await get(list("signIns"));

    expect(response.status).toBe(status);
    expect(await response.text()).toMatch(new RegExp(`^${text}`));
  });

  it("a reset connection", async () => {
    const { get, list, fired, simulator } = await withFault({ kind: "reset", times: 1 });

    await expect(get(list("signIns"))).rejects.toThrow("fetch failed");

    expect(fired()).toBe(1);
    expect((await get(list("signIns"))).status).toBe(200);
    expect(simulator.requests.at(-2)).toMatchObject({ status: 0, fault: "reset" });
  });

  it("an answer that never comes", async () => {
    const { list, token, fired } = await withFault({ kind: "hang" });
    const signal = AbortSignal.timeout(300);

    const asked = fetch(list("signIns"), { headers: { authorization: `Bearer ${token}` }, signal });

    await expect(asked).rejects.toThrow("timeout");
    expect(fired()).toBe(1);
  });

  it("an expired skip token, on a nextLink only", async () => {
    const { page, get, list, fired } = await withFault({ kind: "skip-token-expired", times: 1 });
    const first = await page(list("signIns", { $top: "2" }));

    const second = await get(first["@odata.nextLink"]!);

    expect(second.status).toBe(400);
    expect((await errorOf(second)).message).toBe("Token not found: token is either invalid or expired");
    expect(fired()).toBe(1);
  });

  it("a claims challenge, until the token was requested with its claims", async () => {
    const { get, list, login } = await withFault({ kind: "claims-challenge", notBefore: "1791960900" });

    const refused = await get(list("signIns"));
    const header = refused.headers.get("www-authenticate") ?? "";
    const claims = Buffer.from(/claims="(?<claims>[^"]+)"/.exec(header)?.groups?.["claims"] ?? "", "base64").toString();
    const plain = await accessToken(login);
    const answered = await accessToken(login, { claims });

    expect(refused.status).toBe(401);
    expect(header).toContain('error="insufficient_claims"');
    expect(JSON.parse(claims)).toEqual({ access_token: { nbf: { essential: true, value: "1791960900" } } });
    expect((await get(list("signIns"), { authorization: `Bearer ${plain}` })).status).toBe(401);
    expect((await get(list("signIns"), { authorization: `Bearer ${answered}` })).status).toBe(200);
  });
});

describe("faults that change a page", () => {
  it.each([
    [{ kind: "empty-page" }, ["", "ed", "cb", "a"]],
    [{ kind: "short-page" }, ["e", "dc", "ba"]],
    [{ kind: "repeated-page" }, ["ed", "ed", "cb", "a"]],
    [{ kind: "reordered-page" }, ["de", "cb", "a"]],
    [{ kind: "short-page", after: 1 }, ["ed", "c", "ba"]],
  ] as const)("%o loses no record", async (fault, expected) => {
    const { walk, list, fired, simulator } = await withFault({ ...fault, times: 1 });

    const pages = await walk(list("signIns", { $top: "2" }));

    expect(pages.map((page) => idsOf([page]).join(""))).toEqual(expected);
    expect(fired()).toBe(1);
    expect(simulator.violations).toEqual([]);
  });

  it("a foreign nextLink, whose host tells when it is sent a token", async () => {
    const { page, get, list, login, simulator } = await withFault({ kind: "foreign-link" });

    const link = (await page(list("signIns")))["@odata.nextLink"]!;
    await get(link);

    expect(link.startsWith(login)).toBe(true);
    expect(simulator.violations[0]).toBe(`access token sent to ${login}`);
  });

  it("a nextLink to the page itself", async () => {
    const { page, list } = await withFault({ kind: "link-loop" });

    const first = await page(list("signIns"));
    const second = await page(first["@odata.nextLink"]!);

    expect(second["@odata.nextLink"]).toBe(first["@odata.nextLink"]);
    expect(idsOf([second])).toEqual(idsOf([first]));
  });

  it("a replica that answers with the state before", async () => {
    const { page, list, fired, simulator } = await withFault({ kind: "stale", id: "b", times: 1 });
    expect(await page(list("signIns"))).toHaveProperty("value.length", 5);
    expect(fired()).toBe(0);
    simulator.revise(TENANT, "signIns", "b", { riskState: "confirmedCompromised" });

    const stale = await page(list("signIns"));
    const fresh = await page(list("signIns"));

    expect(fired()).toBe(1);
    expect(stale.value.find(({ id }) => id === "b")).not.toMatchObject({ riskState: "confirmedCompromised" });
    expect(fresh.value.find(({ id }) => id === "b")).toMatchObject({ riskState: "confirmedCompromised" });
  });

  it("JSON cut in the middle", async () => {
    const { get, list } = await withFault({ kind: "truncated" });

    const text = await (await get(list("signIns"))).text();

    expect(text).toMatch(/^\{"@odata.context"/);
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });

  it("a page that cannot be parsed while it holds a record and is large", async () => {
    const { get, list, walk, fired } = await withFault({ kind: "unparsable", holding: "c", aboveTop: 1 });

    await expect((await get(list("signIns", { $top: "3" }))).json()).rejects.toThrow(SyntaxError);

    expect((await get(list("signIns", { $top: "2" }))).status).toBe(200);
    expect(fired()).toBe(1);
    expect(idsOf(await walk(list("signIns", { $top: "1" })))).toEqual(["e", "d", "c", "b", "a"]);
  });

  it("an answer of many megabytes, small while compressed", async () => {
    const { get, list } = await withFault({ kind: "oversized", bytes: 5e6 });

    const response = await get(list("signIns"), { "accept-encoding": "gzip" });

    expect(Number(response.headers.get("content-length"))).toBeLessThan(200_000);
    expect((await response.text()).length).toBeGreaterThan(5e6);
  });

  it("bytes in a trickle", async () => {
    const { get, list } = await withFault({ kind: "trickle" });

    const response = await get(list("signIns"), { "accept-encoding": "identity" });
    const { value } = await response.body!.getReader().read();

    expect(value?.length).toBeLessThan(100);
    expect(Number(response.headers.get("content-length"))).toBeGreaterThan(5_000);
  });
});

describe("faults of the token endpoint", () => {
  it.each([
    [{ kind: "server-error", status: 503, body: "html" }, 503],
    [{ kind: "throttle", retryAfter: "3" }, 429],
    [{ kind: "html" }, 200],
  ] as const)("%o", async (fault, status) => {
    const { login, fired, get, list } = await withFault({ ...fault, endpoint: "token", times: 1 });

    expect((await get(list("signIns"))).status).toBe(200);
    expect((await tokenRequest(login)).status).toBe(status);

    expect(fired()).toBe(1);
    expect((await tokenRequest(login)).status).toBe(200);
  });

  it.each([
    [7000222, 401, "invalid_client"],
    [53003, 400, "invalid_grant"],
    [90055, 429, "temporarily_unavailable"],
  ])("AADSTS%i", async (number, status, error) => {
    const { login, clear } = await withFault({ kind: "aadsts", number });

    const response = await tokenRequest(login);

    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error, error_codes: [number] });
    clear();
    expect((await tokenRequest(login)).status).toBe(200);
  });
});

describe("the scope of a fault", () => {
  it("is one source of one tenant", async () => {
    const { get, list, fired } = await withFault({
      kind: "html",
      source: "riskyUsers",
      tenantId: TENANT.toUpperCase(),
    });

    await get(list("signIns"));
    expect(fired()).toBe(0);

    await get(list("riskyUsers"));
    expect(fired()).toBe(1);
  });

  it("ends when it is cleared", async () => {
    const { get, list, clear } = await withFault({ kind: "token-refused" });
    expect((await get(list("signIns"))).status).toBe(401);

    clear();

    expect((await get(list("signIns"))).status).toBe(200);
  });
});
