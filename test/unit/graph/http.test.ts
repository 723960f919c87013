import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ConfigError } from "../../../src/core/errors.ts";
import { HttpClient, type HttpOptions, isOfMicrosoft, jsonOf, type Outcome } from "../../../src/graph/http.ts";
import { createAuthority, serverFiles } from "../../support/certificates.ts";
import { ConnectProxy, type TunnelMode } from "../../support/connect-proxy.ts";
import { until } from "../../support/poll.ts";
import { type Script, ScriptedServer, type ServerTls, sendHtml, sendJson } from "../../support/scripted-server.ts";
import { never } from "./microsoft.ts";

const CANARY = "canary-bearer-token";

const cleanups: (() => unknown)[] = [];

async function serve(script: Script, tls?: ServerTls): Promise<ScriptedServer> {
  const server = await new ScriptedServer(script, tls).start();
  cleanups.push(() => server.stop());
  return server;
}

async function proxy(mode: TunnelMode): Promise<ConnectProxy> {
  const started = await new ConnectProxy(mode).start();
  cleanups.push(() => started.stop());
  return started;
}

function client(options: Partial<HttpOptions> = {}): HttpClient {
  const http = new HttpClient({ version: "1.2.3", environment: {}, ...options });
  cleanups.push(() => http.close());
  return http;
}

function get(http: HttpClient, url: string, signal = never, deadlineMs = 10_000): Promise<Outcome> {
  return http.send({ method: "GET", url, headers: { authorization: `Bearer ${CANARY}` }, deadlineMs }, signal);
}

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const jsonOfAnswer = (outcome: Outcome) => (outcome.kind === "answer" ? jsonOf(outcome) : "no answer");

describe("HttpClient", () => {
  it("waits for its turn before it unpacks a page, and for nothing with what is small", async () => {
    const page = gzipSync(JSON.stringify({ value: Array.from({ length: 20_000 }, () => Math.random()) }));
    const server = await serve((request, response) => {
      response.setHeader("content-encoding", "gzip");
      response.end(request.url === "/page" ? page : gzipSync("{}"));
    });
    const turn = Promise.withResolvers<void>();
    const http = client({ turn: () => turn.promise });
    let isAnswered = false;
    const answer = get(http, `${server.origin}/page`).finally(() => {
      isAnswered = true;
    });

    expect(jsonOfAnswer(await get(http, `${server.origin}/small`))).toEqual({});
    await sleep(200);
    expect(isAnswered).toBe(false);
    const before = performance.now();
    turn.resolve();
    const outcome = await answer;

    expect(outcome.kind === "answer" && outcome.receivedAt).toBeLessThan(before);
    expect(jsonOfAnswer(outcome)).toMatchObject({ value: { length: 20_000 } });
  });

  it("waits for no turn once it is told to stop", async () => {
    const page = gzipSync(Buffer.alloc(20_000_000));
    const server = await serve((_request, response) => {
      response.setHeader("content-encoding", "gzip");
      response.end(page);
    });
    const turned = Promise.withResolvers<void>();
    const http = client({
      turn: () => {
        turned.resolve();
        return new Promise(() => {});
      },
    });
    const stopping = new AbortController();
    const answer = get(http, server.origin, stopping.signal);
    await turned.promise;
    stopping.abort(new Error("stopped"));

    await expect(answer).rejects.toThrow("stopped");
  });

  it("answers JSON of any status, with headers", async () => {
    const server = await serve((_request, response) => sendJson(response, 418, { tea: true }, { "retry-after": "7" }));

    const outcome = await get(client(), `${server.origin}/a?$filter=b%20ge%20c&$skiptoken=x%2By==`);

    expect(outcome).toMatchObject({ kind: "answer", status: 418 });
    expect(jsonOfAnswer(outcome)).toEqual({ tea: true });
    expect(outcome.kind === "answer" && outcome.header("retry-after")).toBe("7");
    expect(server.requests[0]?.url).toBe("/a?$filter=b%20ge%20c&$skiptoken=x%2By==");
    expect(server.requests[0]?.headers).toMatchObject({
      "user-agent": "entra-risk-forwarder/1.2.3",
      "accept-encoding": "gzip",
      authorization: `Bearer ${CANARY}`,
    });
  });

  it.each([200, 502, 503])("takes HTML with status %s as an answer without JSON", async (status) => {
    const server = await serve((_request, response) => sendHtml(response, status));

    const outcome = await get(client(), server.origin);

    expect(outcome).toMatchObject({ kind: "answer", status });
    expect(jsonOfAnswer(outcome)).toBeUndefined();
    expect(isOfMicrosoft(outcome)).toBe(false);
  });

  it("takes JSON that ends too soon as an answer without JSON", async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end('{"value": [');
    });

    const outcome = await get(client(), server.origin);

    expect(outcome).toMatchObject({ kind: "answer", status: 200 });
    expect(jsonOfAnswer(outcome)).toBeUndefined();
  });

  it("does not follow a redirect", async () => {
    const server = await serve((_request, response) => sendJson(response, 302, {}, { location: "/elsewhere" }));

    expect(await get(client(), server.origin)).toMatchObject({ status: 302 });
    expect(server.requests).toHaveLength(1);
  });

  it("uses one connection for many requests", async () => {
    const server = await serve((_request, response) => sendJson(response, 200, {}));
    const http = client();

    for (let count = 0; count < 5; count += 1) await get(http, server.origin);

    expect(server.connections).toBe(1);
  });

  it("tells a connection that ends within the answer from one without an answer", async () => {
    const cut = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
      response.write('{"value": [', () => response.destroy());
    });
    const reset = await serve((_request, response) => response.destroy());

    expect(await get(client(), cut.origin)).toMatchObject({ kind: "failure", reason: "truncated" });
    expect(await get(client(), reset.origin)).toMatchObject({ kind: "failure", reason: "broken" });
    expect(reset.requests).toHaveLength(1);
  });

  it("takes gzip off, also where it comes in several members", async () => {
    const packed = Buffer.concat([gzipSync('{"a":"'), gzipSync("x".repeat(100_000)), gzipSync('"}')]);
    const server = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
      response.end(packed);
    });

    expect(jsonOfAnswer(await get(client(), server.origin))).toEqual({ a: "x".repeat(100_000) });
  });

  it.each([
    ["ends too soon", gzipSync('{"value":[]}').subarray(0, -9)],
    ["is none", Buffer.from('{"value":[]}')],
    ["is empty", Buffer.alloc(0)],
  ])("tells gzip that %s from an answer", async (_name, body) => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
      response.end(body);
    });

    expect(await get(client(), server.origin)).toMatchObject({ kind: "failure", reason: "truncated" });
  });

  it("caps an answer after decompression", async () => {
    const bomb = gzipSync(Buffer.alloc(65 * 1024 * 1024, " "));
    const server = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
      response.end(bomb);
    });

    expect(bomb.length).toBeLessThan(1e6);
    expect(await get(client(), server.origin)).toMatchObject({ kind: "failure", reason: "too large" });
    expect(server.requests).toHaveLength(1);
  });

  it("gives up at its deadline, however the answer dawdles", async () => {
    const silent = await serve(() => {});
    const trickling = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const timer = setInterval(() => response.write(" "), 20);
      response.on("close", () => clearInterval(timer));
    });

    for (const { origin } of [silent, trickling]) {
      expect(await get(client(), origin, never, 300)).toMatchObject({ kind: "failure", reason: "deadline" });
    }
    expect(silent.requests.length + trickling.requests.length).toBe(2);
  });

  it("throws the reason of an abort, before and during a request", async () => {
    const server = await serve(() => stop.abort(reason));
    const stop = new AbortController();
    const reason = new Error("stopping");

    await expect(get(client(), server.origin, stop.signal)).rejects.toBe(reason);
    await expect(get(client(), server.origin, stop.signal)).rejects.toBe(reason);
    expect(server.requests).toHaveLength(1);
  });

  it("tries to connect a few times when nobody listens", async () => {
    const server = await serve(() => {});
    const { origin } = server;
    await server.stop();
    let attempts = 0;
    const count = () => {
      attempts += 1;
    };
    subscribe("net.client.socket", count);
    cleanups.push(() => unsubscribe("net.client.socket", count));

    expect(await get(client(), origin)).toMatchObject({
      kind: "failure",
      reason: "unreachable",
      detail: "ECONNREFUSED",
    });
    expect(attempts).toBe(4);
  });

  it("does not know of a proxy for plain HTTP", async () => {
    const server = await serve((_request, response) => sendJson(response, 200, {}));
    process.env["HTTP_PROXY"] = "http://127.0.0.1:1";
    cleanups.push(() => delete process.env["HTTP_PROXY"]);

    expect(await get(client(), server.origin)).toMatchObject({ kind: "answer", status: 200 });
  });

  it.each(["canary-user:canary@proxy:3128", "proxy.example.net:3128", "socks5://proxy:1080", "not a url"])(
    "refuses a proxy that is no URL: %s",
    (url) => {
      const create = () => client({ environment: { HTTPS_PROXY: url } });

      expect(create).toThrow(ConfigError);
      expect(create).not.toThrow(/canary/);
    },
  );

  it.each(["http://user:canary%@proxy:3128", "http://us%er:canary@proxy:3128"])(
    "refuses a proxy whose user or password is not percent-encoded: %s",
    (url) => {
      const create = () => client({ environment: { HTTPS_PROXY: url } });

      expect(create).toThrow(ConfigError);
      expect(create).toThrow(/^HTTPS_PROXY: expected percent-encoding/);
      expect(create).not.toThrow(/canary/);
    },
  );

  it("lets nothing of a request into what it tells", async () => {
    const server = await serve((_request, response) => response.destroy());
    const refusing = await proxy({ refuse: 407 });
    const outcomes = [
      await get(client(), server.origin),
      await get(client({ environment: { HTTPS_PROXY: refusing.url } }), "https://graph.microsoft.com/v1.0/x"),
      await get(client(), "https://127.0.0.1:1/x"),
    ];

    for (const outcome of outcomes) expect(inspect(outcome, { depth: 10 })).not.toContain("canary");
  });
});

describe("HttpClient over TLS", () => {
  let directory: string;
  let ca: string;
  let tls: ServerTls;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "graph-tls-"));
    const authority = await createAuthority(directory, "private-ca");
    ca = readFileSync(authority.caFile, "utf8");
    const altNames = "DNS:graph.microsoft.com,IP:127.0.0.1";
    tls = serverFiles(await authority.issue("graph.microsoft.com", { altNames }));
  });

  afterAll(() => rm(directory, { recursive: true }));

  const answering = () => serve((_request, response) => sendJson(response, 200, { ok: true }), tls);

  it("trusts the tenant's own CA, and no other", async () => {
    const server = await answering();

    expect(await get(client({ ca }), server.origin)).toMatchObject({ status: 200 });
    expect(await get(client(), server.origin)).toMatchObject({ kind: "failure", reason: "untrusted" });
    expect(await get(client({ ca }), server.origin.replace("127.0.0.1", "localhost"))).toMatchObject({
      kind: "failure",
      reason: "untrusted",
    });
    expect(server.requests).toHaveLength(1);
  });

  it("reaches Graph through one tunnel of the proxy, which sees no token", async () => {
    const server = await answering();
    const tunnels = await proxy({ leadTo: server.port });
    const http = client({ ca, environment: { HTTPS_PROXY: tunnels.url } });

    for (let count = 0; count < 3; count += 1) {
      expect(await get(http, "https://graph.microsoft.com/v1.0/x")).toMatchObject({ status: 200 });
    }
    expect(tunnels.targets).toEqual(["graph.microsoft.com:443"]);
    expect(tunnels.headers[0]?.["proxy-authorization"]).toMatch(/^Basic /);
    expect(inspect(tunnels.headers)).not.toContain(CANARY);
    expect(server.requests[0]?.headers["proxy-authorization"]).toBeUndefined();
  });

  it("leaves the proxy out for a host of NO_PROXY", async () => {
    const server = await answering();
    const tunnels = await proxy({ refuse: 403 });
    const http = client({ ca, environment: { https_proxy: tunnels.url, no_proxy: "127.0.0.1" } });

    expect(await get(http, server.origin)).toMatchObject({ status: 200 });
    expect(tunnels.targets).toEqual([]);
  });

  it.each([407, 403, 502])("tells the status with which a proxy refuses the tunnel: %s", async (refuse) => {
    const tunnels = await proxy({ refuse });
    const http = client({ environment: { HTTPS_PROXY: tunnels.url } });

    const outcome = await get(http, "https://graph.microsoft.com/v1.0/x");
    expect(outcome).toMatchObject({ kind: "failure", reason: "proxy", status: refuse });
  });

  it("gives up on a proxy that never answers, and on one that hangs up", async () => {
    const hanging = await proxy("hang");
    const closing = await proxy("close");
    const url = "https://graph.microsoft.com/v1.0/x";

    const hung = get(client({ environment: { HTTPS_PROXY: hanging.url } }), url, never, 300);
    expect(await hung).toMatchObject({ kind: "failure", reason: "unreachable" });
    expect(hanging.targets).toHaveLength(1);
    await until("the connection is closed", () => hanging.open === 0);
    const closed = get(client({ environment: { HTTPS_PROXY: closing.url } }), url);
    expect(await closed).toMatchObject({ kind: "failure", reason: "unreachable" });
  });

  it("closes a connection to a proxy that never answers when it is closed", async () => {
    const hanging = await proxy("hang");
    const http = client({ environment: { HTTPS_PROXY: hanging.url } });
    const hung = get(http, "https://graph.microsoft.com/v1.0/x");
    await until("the proxy is asked", () => hanging.targets.length === 1);

    http.close();

    await until("the connection is closed", () => hanging.open === 0);
    expect(await hung).toMatchObject({ kind: "failure" });
  });

  it("tells a connection that never comes about from a slow answer", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    cleanups.push(() => silent.close());
    const address = silent.address();
    const port = typeof address === "object" ? address?.port : 0;
    const slow = await serve(() => {}, tls);

    expect(await get(client(), `https://127.0.0.1:${port}`, never, 300)).toMatchObject({ reason: "unreachable" });
    expect(await get(client({ ca }), slow.origin, never, 300)).toMatchObject({ reason: "deadline" });
  });

  it("reads https_proxy where HTTPS_PROXY is empty", async () => {
    const refusing = await proxy({ refuse: 407 });
    const http = client({ environment: { HTTPS_PROXY: "", https_proxy: refusing.url } });

    expect(await get(http, "https://graph.microsoft.com/v1.0/x")).toMatchObject({ reason: "proxy", status: 407 });
  });
});
