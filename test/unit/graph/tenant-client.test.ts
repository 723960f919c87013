import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BlockedError, ForwarderError, TransientError } from "../../../src/core/errors.ts";
import type { Page } from "../../../src/graph/graph-client.ts";
import { createGraphClients } from "../../../src/graph/graph-clients.ts";
import { ScriptedServer, sendHtml, sendJson } from "../../support/scripted-server.ts";
import {
  CLIENT_SECRET,
  collect,
  graphError,
  Microsoft,
  never,
  page,
  RISKY_USERS,
  SIGN_INS,
  tokenNumber,
} from "./microsoft.ts";

const NEXT = "/v1.0/auditLogs/signIns?$top=1000&$skiptoken=5b0f%2Bc2d==_1000&x=%20a";

const toNext = (origin: string) => `${origin}${NEXT}`;

const idsOf = (pages: readonly Page[]) =>
  pages.flatMap(({ records }) => Array.from(records, ({ identity }) => identity.id));

describe("TenantClient", () => {
  let microsoft: Microsoft;

  beforeEach(async () => {
    microsoft = await Microsoft.start();
  });

  afterEach(async () => {
    vi.useRealTimers();
    await microsoft.stop();
  });

  const authorizations = () => microsoft.graphRequests.map(({ headers }) => headers.authorization);

  it("asks for a collection as Graph wants it", async () => {
    microsoft.graph.push(page([{ id: "1" }]));

    const pages = await collect(microsoft.client().pages(SIGN_INS, never));

    expect(idsOf(pages)).toEqual(["1"]);
    expect(pages).toMatchObject([{ isLast: true }]);
    const [request] = microsoft.graphRequests;
    expect(request?.url).toBe(
      "/v1.0/auditLogs/signIns?$top=1000&$filter=createdDateTime%20ge%202026-10-14T00%3A00%3A00.000Z",
    );
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${tokenNumber(1)}`,
      prefer: "include-unknown-enum-members",
      "accept-encoding": "gzip",
      "user-agent": "entra-risk-forwarder/1.2.3",
    });
    expect(request?.headers["client-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("follows nextLink verbatim to its end, over pages without records", async () => {
    microsoft.graph.push(
      page([{ id: "1" }], toNext),
      page([], (origin) => `${origin}${NEXT}2`),
      page([{ id: "2" }]),
    );

    const pages = await collect(microsoft.client().pages(SIGN_INS, never));

    expect(pages.map(({ records, isLast }) => [records.length, isLast])).toEqual([
      [1, false],
      [0, false],
      [1, true],
    ]);
    expect(microsoft.graphRequests.slice(1).map(({ url }) => url)).toEqual([NEXT, `${NEXT}2`]);
  });

  it("tells Graph's time of each page, and its present time between", async () => {
    const date = "Wed, 14 Oct 2026 07:00:12 GMT";
    microsoft.graph.push((response) => sendJson(response, 200, { value: [] }, { date }));
    const client = microsoft.client();

    const [first] = await collect(client.pages(SIGN_INS, never));

    expect(first?.serverTime).toBe(Date.parse(date));
    expect(client.now()).toBeGreaterThanOrEqual(Date.parse(date));
  });

  it("sends no token to another host, nor to Graph's under another scheme, port or user", async () => {
    const foreign = await new ScriptedServer((_request, response) => sendJson(response, 200, { value: [] })).start();
    const links = [
      () => `${foreign.origin}/v1.0/auditLogs/signIns?$skiptoken=x`,
      (origin: string) => origin.replace("http:", "https:"),
      (origin: string) => origin.replace("//", "//user:password@"),
      () => "//evil.example.net/",
      () => "",
    ];
    const client = microsoft.client();

    for (const link of links) {
      microsoft.graph.push(page([{ id: "1" }], link));
      const pages: Page[] = [];
      const walk = async () => {
        for await (const one of client.pages(SIGN_INS, never)) pages.push(one);
      };
      await expect(walk()).rejects.toMatchObject({ name: "TransientError", code: "ERF3010" });
      expect(pages).toHaveLength(1);
    }
    expect(foreign.requests).toEqual([]);
    expect(microsoft.graphRequests).toHaveLength(links.length);
    await foreign.stop();
  });

  it("does not follow a chain of empty pages without end", async () => {
    const chain = Array.from({ length: 30 }, (_, index) => page([], (origin) => `${toNext(origin)}${index}`));
    microsoft.graph.push(...chain);
    const client = microsoft.client({}, { deadlineMs: 5_000 });

    await expect(collect(client.pages(RISKY_USERS, never))).rejects.toMatchObject({ code: "ERF3010", narrow: true });
    expect(microsoft.graphRequests).toHaveLength(20);
  });

  it("does not take its time from a proxy that answers in Graph's place", async () => {
    const date = "Wed, 14 Oct 2020 07:00:12 GMT";
    microsoft.graph.push((response) => {
      response.writeHead(403, { "content-type": "text/html", date });
      response.end("<html>");
    });
    const client = microsoft.client();

    await expect(collect(client.pages(SIGN_INS, never))).rejects.toThrow();

    expect(client.now()).toBeGreaterThan(Date.parse(date) + 86_400_000);
  });

  it("does not walk in circles", async () => {
    microsoft.graph.push(page([], toNext), page([], toNext), page([], toNext));

    await expect(collect(microsoft.client().pages(SIGN_INS, never))).rejects.toMatchObject({
      code: "ERF3010",
      narrow: true,
    });
    expect(microsoft.graphRequests).toHaveLength(2);
  });

  it("goes on with the same page after Graph throttled, failed or hung up", async () => {
    microsoft.graph.push(
      page([{ id: "1" }], toNext),
      graphError(429, { code: "TooManyRequests", message: "" }, { "retry-after": "0" }),
      (response) => sendHtml(response, 503),
      (response) => void response.destroy(),
      page([{ id: "2" }]),
    );

    const pages = await collect(microsoft.client().pages(SIGN_INS, never));

    expect(idsOf(pages)).toEqual(["1", "2"]);
    expect(microsoft.graphRequests.slice(1).every(({ url }) => url === NEXT)).toBe(true);
  });

  it("leaves a long wait to the stream", async () => {
    microsoft.graph.push(graphError(429, { code: "TooManyRequests" }, { "retry-after": "300" }));
    const client = microsoft.client();

    await expect(collect(client.pages(SIGN_INS, never))).rejects.toMatchObject({
      code: "ERF3002",
      retryAfterMs: 300_000,
    });
  });

  it("throttled reports do not hold back identityProtection", async () => {
    microsoft.graph.push(
      graphError(429, { code: "TooManyRequests" }, { "retry-after": "300" }),
      page([{ id: "user" }]),
    );
    const client = microsoft.client();

    await expect(collect(client.pages(SIGN_INS, never))).rejects.toThrow(TransientError);
    const pages = await collect(client.pages(RISKY_USERS, never));

    expect(idsOf(pages)).toEqual(["user"]);
  });

  it("does not repeat what a smaller question could avoid", async () => {
    microsoft.graph.push((response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end('{"value": [{"id":');
    });

    const walk = collect(microsoft.client().pages(SIGN_INS, never));

    await expect(walk).rejects.toMatchObject({ code: "ERF3004", narrow: true });
    expect(microsoft.graphRequests).toHaveLength(1);
  });

  it("gives up at its deadline", async () => {
    microsoft.graph.push(() => {});

    const walk = collect(microsoft.client({}, { deadlineMs: 200 }).pages(SIGN_INS, never));

    await expect(walk).rejects.toMatchObject({ code: "ERF3005", narrow: true });
  });

  it("renews a refused token once, then gives up for now", async () => {
    const expired = graphError(401, { code: "InvalidAuthenticationToken", message: "expired" });
    microsoft.graph.push(expired, page([]), expired, expired);
    const client = microsoft.client();

    await collect(client.pages(SIGN_INS, never));
    await expect(collect(client.pages(SIGN_INS, never))).rejects.toMatchObject({ code: "ERF3013" });

    expect(authorizations()).toEqual([1, 2, 2, 3].map((count) => `Bearer ${tokenNumber(count)}`));
  });

  it("asks for a token with the claims of a challenge", async () => {
    const claims = '{"access_token":{"nbf":{"essential":true,"value":"1791960900"}}}';
    const header = `Bearer error="insufficient_claims", claims="${Buffer.from(claims).toString("base64")}"`;
    microsoft.graph.push(graphError(401, { code: "x" }, { "www-authenticate": header }), page([]));

    await collect(microsoft.client().pages(SIGN_INS, never));

    const asked = microsoft.tokenRequests.map(({ body }) => new URLSearchParams(body).get("claims"));
    expect(asked[0]).toBeNull();
    expect(JSON.parse(asked[1] ?? "")).toMatchObject(JSON.parse(claims));
  });

  it("renews an old token once for a permission granted meanwhile, a young one never", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const missing = graphError(403, { code: "Authentication_MSGraphPermissionMissing", message: "…" });
    microsoft.graph.push(missing, missing, missing, page([{ id: "1" }]));
    const client = microsoft.client();

    await expect(collect(client.pages(SIGN_INS, never))).rejects.toThrow(BlockedError);
    expect(microsoft.tokenRequests).toHaveLength(1);
    vi.setSystemTime(Date.now() + 300_000);
    await expect(collect(client.pages(SIGN_INS, never))).rejects.toMatchObject({ code: "ERF3007" });
    expect(microsoft.tokenRequests).toHaveLength(2);

    await expect(collect(client.pages(SIGN_INS, never))).resolves.toHaveLength(1);
    expect(microsoft.tokenRequests).toHaveLength(2);
  });

  it("ends a walk with the signal's reason", async () => {
    const stop = new AbortController();
    const reason = new Error("stopping");
    microsoft.graph.push(() => stop.abort(reason));

    await expect(collect(microsoft.client().pages(SIGN_INS, stop.signal))).rejects.toBe(reason);
    await expect(microsoft.client().connect(stop.signal)).rejects.toBe(reason);
  });

  it("asks China for no identityProtection", async () => {
    const client = microsoft.client({ cloud: "china" });

    await expect(collect(client.pages(RISKY_USERS, never))).rejects.toMatchObject({
      name: "UnavailableError",
      code: "ERF3009",
    });
    expect(microsoft.server.requests).toEqual([]);
    microsoft.graph.push(page([]));
    await expect(collect(client.pages(SIGN_INS, never))).resolves.toHaveLength(1);
  });

  it("keeps secrets and tokens out of every error", async () => {
    const echo = { code: "Echo", message: tokenNumber(1).padEnd(80, "x") };
    const errors: unknown[] = [];
    const failing = async (work: Promise<unknown>) => errors.push(await work.catch((error: unknown) => error));
    for (const status of [401, 403, 404, 429, 500]) {
      const answer = graphError(status, echo, { "retry-after": "300" });
      microsoft.graph.splice(0, microsoft.graph.length, answer, answer);
      await failing(collect(microsoft.client().pages(SIGN_INS, never)));
    }
    microsoft.graph.splice(0, microsoft.graph.length, () => {});
    await failing(collect(microsoft.client({}, { deadlineMs: 200 }).pages(SIGN_INS, never)));
    microsoft.login.push(
      (response) => void response.destroy(),
      (response) => sendJson(response, 400, { error: CLIENT_SECRET, error_description: CLIENT_SECRET }),
    );
    await failing(microsoft.client().connect(never));
    await failing(microsoft.client().connect(never));

    expect(errors).toHaveLength(8);
    for (const error of errors) {
      expect(error).toBeInstanceOf(ForwarderError);
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("canary");
    }
  });

  it("keeps secrets and tokens out of the clients themselves", async () => {
    const client = microsoft.client();
    await client.connect(never);

    expect(inspect(client, { depth: 10, showHidden: true })).not.toContain("canary");
  });

  it("never asks more than the budget allows", async () => {
    const times: number[] = [];
    for (let count = 0; count < 6; count += 1) {
      microsoft.graph.push((response) => {
        times.push(performance.now());
        sendJson(response, 200, { value: [] });
      });
    }
    const client = microsoft.client();

    await Promise.all(Array.from({ length: 6 }, () => collect(client.pages(SIGN_INS, never))));

    expect(times).toHaveLength(6);
    expect(times[5]! - times[0]!).toBeGreaterThanOrEqual(10_000);
  }, 30_000);
});

describe("createGraphClients", () => {
  it("sends nothing by itself and closes twice", async () => {
    const microsoft = await Microsoft.start();
    const clients = createGraphClients([microsoft.tenant()], { version: "1.2.3", environment: {} });

    clients.close();
    clients.close();

    expect(microsoft.server.requests).toEqual([]);
    expect(() => clients.of("another")).toThrow("another");
    await microsoft.stop();
  });

  it("ends a token request in flight when it is closed", async () => {
    const microsoft = await Microsoft.start();
    const clients = createGraphClients([microsoft.tenant()], { version: "1.2.3", environment: {} });
    microsoft.login.push(() => clients.close());

    await expect(clients.of(microsoft.tenant().tenantId).connect(never)).rejects.toMatchObject({ code: "ERF2001" });
    await microsoft.stop();
  });
});
