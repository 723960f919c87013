import { mkdtemp, readFile, rm } from "node:fs/promises";
import { get as httpsGet } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { RecordFactory } from "../../../src/simulator/records.ts";
import { Simulator } from "../../../src/simulator/simulator.ts";
import { createAuthority } from "../../support/certificates.ts";
import { CREDENTIAL, errorOf, idsOf, PATHS, TENANT, world } from "./client.ts";

const records = new RecordFactory(11);
const AT = Date.now() - 60_000;
const SINCE = new Date(AT - 3_600_000).toISOString();

describe("query options", () => {
  it.each([
    ["signIns", { $top: "1001" }, "Invalid page size specified: '1001'. Must be between 1 and 1000 inclusive."],
    ["riskDetections", { $top: "501" }, "Invalid page size specified: '501'. Must be between 1 and 500 inclusive."],
    ["riskyUsers", { $top: "0" }, "Invalid page size specified: '0'. Must be between 1 and 500 inclusive."],
    ["signIns", { $skip: "10" }, "Query option 'Skip' is not allowed"],
    ["riskDetections", { $count: "true" }, "Query option 'Count' is not allowed"],
    ["riskyUsers", { $orderby: "id" }, "Query option 'Orderby' is not allowed"],
    ["signIns", { $orderby: "userId" }, "Invalid filter clause"],
    [
      "signIns",
      { $filter: "signInEventTypes/any(t: t eq 'nonInteractiveUser')" },
      "Could not find a property named 'signInEventTypes' on type 'microsoft.graph.signIn'.",
    ],
    [
      "riskDetections",
      { $filter: "updatedDateTime ge 2026-10-14T06:53:24Z" },
      "Could not find a property named 'updatedDateTime' on type 'microsoft.graph.riskDetection'.",
    ],
    ["signIns", { $filter: `createdDateTime ge '${SINCE}'` }, "Invalid filter clause"],
    ["signIns", { $filter: `createdDateTime ge ${SINCE} or userId eq 'a'` }, "Invalid filter clause"],
    ["signIns", { $filter: `createdDateTime ge ${SINCE} and ` }, "Invalid filter clause"],
    ["signIns", { $filter: `createdDateTime ge ${SINCE.replace("Z", "+00:00")}` }, "Invalid filter clause"],
    ["signIns", { $filter: "isInteractive eq true" }, "Invalid filter clause"],
    ["signIns", { $filter: "userId ge 'a'" }, "Invalid filter clause"],
    ["riskDetections", { $filter: "" }, "Invalid filter clause"],
  ] as const)("refuses %s with %o", async (source, query, message) => {
    const { simulator, get, list } = await world();

    const response = await get(list(source, query));

    expect(response.status).toBe(400);
    expect((await errorOf(response)).message).toContain(message);
    expect(simulator.violations).toHaveLength(1);
  });

  it("refuses a filter below the retention without blaming the client", async () => {
    const { simulator, get, list } = await world({ tenants: [{ ...CREDENTIAL, retentionMs: 7 * 86_400_000 }] });
    const old = new Date(Date.now() - 8 * 86_400_000).toISOString();

    const response = await get(list("signIns", { $filter: `createdDateTime ge ${old}` }));

    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ code: "BadRequest", message: "Invalid filter clause" });
    expect(simulator.violations).toEqual([]);
  });

  it("does not serve sign-ins beyond the retention", async () => {
    const { simulator, page, list } = await world();
    simulator.show(TENANT, "signIns", records.invent("signIns", Date.now() - 31 * 86_400_000));

    expect((await page(list("signIns"))).value).toEqual([]);
  });
});

describe("filters", () => {
  const times = ["24Z", "24.1Z", "24.1000000Z", "24.1000001Z", "25Z"].map((end) => `2026-10-14T06:53:${end}`);
  const clockOffsetMs = Date.parse("2026-10-14T08:00:00Z") - Date.now();

  it.each([
    ["signIns", "createdDateTime", "ge", [1, 2, 3, 4]],
    ["signIns", "createdDateTime", "gt", [3, 4]],
    ["signIns", "createdDateTime", "le", [0, 1, 2]],
    ["signIns", "createdDateTime", "lt", [0]],
    ["signIns", "createdDateTime", "eq", [1, 2]],
    ["riskDetections", "lastUpdatedDateTime", "gt", [1, 2, 3, 4]],
    ["riskDetections", "lastUpdatedDateTime", "lt", [0]],
    ["riskDetections", "detectedDateTime", "gt", [3, 4]],
    ["riskyUsers", "riskLastUpdatedDateTime", "ge", [1, 2, 3, 4]],
  ] as const)("%s: %s %s a time, compared in ticks", async (source, property, operator, expected) => {
    const { simulator, walk, list } = await world({ clockOffsetMs });
    for (const [index, time] of times.entries()) {
      simulator.show(TENANT, source, records.invent(source, AT, { changes: { id: `${index}`, [property]: time } }));
    }

    const pages = await walk(list(source, { $filter: `${property} ${operator} 2026-10-14T06:53:24.1Z` }));

    expect(new Set(idsOf(pages))).toEqual(new Set(expected.map(String)));
  });

  it("joins conditions and compares texts and numbers", async () => {
    const { simulator, walk, list } = await world();
    const upn = "soren.o'malley@contoso.com";
    const changes = { userPrincipalName: upn, status: { errorCode: 50053 } };
    simulator.show(TENANT, "signIns", records.invent("signIns", AT, { changes: { id: "a", ...changes } }));
    simulator.show(
      TENANT,
      "signIns",
      records.invent("signIns", AT, { changes: { id: "b", userPrincipalName: upn, status: null } }),
    );
    simulator.show(
      TENANT,
      "signIns",
      records.invent("signIns", AT, { changes: { id: "c", userPrincipalName: "x and y" } }),
    );

    const $filter = `createdDateTime ge ${SINCE} and userPrincipalName eq 'soren.o''malley@contoso.com' and status/errorCode eq 50053`;

    expect(idsOf(await walk(list("signIns", { $filter })))).toEqual(["a"]);
    expect(idsOf(await walk(list("signIns", { $filter: "userPrincipalName eq 'x and y'" })))).toEqual(["c"]);
    expect(simulator.violations).toEqual([]);
  });

  it("cuts records to $select", async () => {
    const { simulator, page, list } = await world();
    simulator.show(TENANT, "riskyUsers", records.invent("riskyUsers", AT, { changes: { id: "u" } }));

    const { value } = await page(list("riskyUsers", { $select: "id,isDeleted" }));

    expect(value).toEqual([{ id: "u", isDeleted: false }]);
  });
});

describe("who may ask", () => {
  it.each([
    ["no token", ""],
    ["no bearer", "Basic abc"],
    ["someone else's token", "Bearer a.b.c"],
  ])("refuses %s", async (_, authorization) => {
    const { simulator, get, list } = await world();

    const response = await get(list("signIns"), { authorization });

    expect(response.status).toBe(401);
    expect((await errorOf(response)).code).toBe("InvalidAuthenticationToken");
    expect(simulator.violations).toHaveLength(1);
  });

  it("refuses an expired token", async () => {
    const { simulator, get, list } = await world({ tokenLifetimeMs: 60_000 });
    simulator.clock.offsetMs += 61_000;

    const response = await get(list("signIns"));

    expect(response.status).toBe(401);
    expect((await errorOf(response)).message).toContain("Lifetime validation failed");
  });

  it.each([
    ["signIns", { roles: [] }, "Authentication_MSGraphPermissionMissing", "AuditLog.Read.All"],
    ["riskyUsers", { roles: ["AuditLog.Read.All"] }, "Forbidden", "required scopes are missing in the token"],
    ["signIns", { licensed: [] }, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "premium license"],
    ["riskDetections", { licensed: ["signIns"] }, "Forbidden", "Your tenant is not licensed for this feature."],
  ] as const)("refuses %s for a tenant with %o", async (source, settings, code, message) => {
    const { get, list } = await world({ tenants: [{ ...CREDENTIAL, ...settings }] });

    const response = await get(list(source));

    expect(response.status).toBe(403);
    const error = await errorOf(response);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });

  it("hides policies from an app without a policy permission", async () => {
    const { simulator, page, list } = await world({ tenants: [{ ...CREDENTIAL, roles: ["AuditLog.Read.All"] }] });
    simulator.show(TENANT, "signIns", records.invent("signIns", AT));

    const { value } = await page(list("signIns"));

    expect(value[0]).not.toHaveProperty("appliedConditionalAccessPolicies");
  });

  it("writes down a path that does not exist and a token sent to the login host", async () => {
    const { simulator, get, graph, login } = await world();

    expect((await get(`${graph}/v1.0/users`)).status).toBe(400);
    expect((await get(`${login}/anything`)).status).toBe(404);

    expect(simulator.violations).toEqual([
      "GET /v1.0/users is not a list of Graph",
      `access token sent to ${login}`,
      "GET /anything is not the token endpoint",
    ]);
  });
});

describe("answers", () => {
  it("rewrites unknown enumeration members unless they are preferred", async () => {
    const { simulator, get, list } = await world();
    const changes = { riskDetail: "userChangedPasswordOnPremises", activity: "servicePrincipal" };
    simulator.show(TENANT, "riskDetections", records.invent("riskDetections", AT, { changes }));

    const plain = (await (await get(list("riskDetections"), { prefer: "" })).json()) as { value: unknown[] };
    const preferred = (await (await get(list("riskDetections"))).json()) as { value: unknown[] };

    expect(plain.value[0]).toMatchObject({ riskDetail: "unknownFutureValue", activity: "unknownFutureValue" });
    expect(preferred.value[0]).toMatchObject(changes);
  });

  it("carries Graph's clock, both ids and annotations, compressed where accepted", async () => {
    const { simulator, get, list, graph } = await world({ clockOffsetMs: 86_400_000 });
    simulator.show(TENANT, "signIns", records.invent("signIns", AT));

    const response = await get(list("signIns"), { "client-request-id": "mine", "accept-encoding": "gzip" });
    const plain = await get(list("signIns"), { "accept-encoding": "identity" });

    const ahead = Date.parse(response.headers.get("date") ?? "") - Date.now();
    expect(ahead).toBeGreaterThan(86_400_000 - 60_000);
    expect(response.headers.get("client-request-id")).toBe("mine");
    expect(response.headers.get("request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.headers.get("content-encoding")).toBe("gzip");
    expect(plain.headers.get("content-encoding")).toBeNull();
    expect(await response.json()).toMatchObject({ "@odata.context": `${graph}/v1.0/$metadata#auditLogs/signIns` });
    expect(await plain.json()).toHaveProperty("value.length", 1);
  });

  it("logs every request with what it was served", async () => {
    const { simulator, get, list } = await world();
    simulator.show(TENANT, "riskyUsers", records.invent("riskyUsers", AT));

    await get(list("riskyUsers", { $top: "5" }));
    await get(list("signIns", { $top: "0" }));

    expect(simulator.requests).toMatchObject([
      { endpoint: "token", tenantId: TENANT, status: 200 },
      {
        endpoint: "graph",
        tenantId: TENANT,
        appId: CREDENTIAL.clientId,
        source: "riskyUsers",
        limit: "identityProtection",
        path: PATHS.riskyUsers,
        query: "%24top=5",
        status: 200,
        served: 1,
      },
      { endpoint: "graph", source: "signIns", limit: "reports", status: 400, served: 0 },
    ]);
  });
});

describe("HTTPS", () => {
  it("serves both endpoints with the given certificate", async () => {
    const directory = await mkdtemp(join(tmpdir(), "simulator-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    const authority = await createAuthority(directory, "authority");
    const { certFile, keyFile } = await authority.issue("graph", { altNames: "IP:127.0.0.1" });
    const tls = { cert: await readFile(certFile, "utf8"), key: await readFile(keyFile, "utf8") };
    const simulator = new Simulator({ tenants: [CREDENTIAL], tls });
    onTestFinished(() => simulator.stop());

    const origins = await simulator.start();

    const ca = await readFile(authority.caFile);
    for (const origin of [origins.login, origins.graph]) {
      expect(origin).toMatch(/^https:/);
      const answered = Promise.withResolvers<number | undefined>();
      const request = httpsGet(origin, { ca, agent: false }, (response) => answered.resolve(response.statusCode));
      request.once("error", answered.reject);
      expect([400, 404]).toContain(await answered.promise);
    }
  });
});
