import { execFile } from "node:child_process";
import { constants, createPublicKey, verify, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BlockedError, TransientError } from "../../../src/core/errors.ts";
import { Secret } from "../../../src/core/secret.ts";
import type { GraphTenant } from "../../../src/graph/tenant.ts";
import { Tokens } from "../../../src/graph/tokens.ts";
import { until } from "../../support/poll.ts";
import { sendHtml, sendJson } from "../../support/scripted-server.ts";
import {
  type Answer,
  CLIENT_ID,
  CLIENT_SECRET,
  collect,
  issueToken,
  Microsoft,
  never,
  page,
  SIGN_INS,
  TENANT_ID,
  TOKEN_PATH,
  tokenNumber,
} from "./microsoft.ts";

const run = promisify(execFile);

const MINUTE_MS = 60_000;

const refuse =
  (number: number): Answer =>
  (response) =>
    sendJson(response, number === 7000215 ? 401 : 400, {
      error: "invalid_client",
      error_description: `AADSTS${number}: canary text.\r\nTrace ID: 5d7e1c40-92b8-4f63-8a1d-c06e3b9f2700`,
      error_codes: [number],
    });

const fail =
  (status: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) =>
    sendJson(response, status, { error: "temporarily_unavailable" }, headers);

const pass = (ms: number) => vi.advanceTimersByTime(ms);

const decoded = (part: string): unknown => JSON.parse(Buffer.from(part, "base64url").toString("utf8"));

describe("tokens", () => {
  let microsoft: Microsoft;

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["Date", "performance"] });
    microsoft = await Microsoft.start();
  });

  afterEach(async () => {
    await microsoft.stop();
    vi.useRealTimers();
  });

  async function refusal(changes: Partial<GraphTenant> = {}): Promise<unknown> {
    return microsoft
      .client(changes)
      .connect(never)
      .then(
        () => undefined,
        (error: unknown) => error,
      );
  }

  it("cost one POST each, to the tenant's own endpoint, with the secret in the body only", async () => {
    const client = microsoft.client();

    await client.connect(never);
    await client.connect(never);

    expect(microsoft.server.requests).toHaveLength(1);
    const [request] = microsoft.tokenRequests;
    expect(request?.url).toBe(TOKEN_PATH);
    const form = new URLSearchParams(request?.body);
    expect(form.get("grant_type")).toBe("client_credentials");
    expect(form.get("client_id")).toBe(CLIENT_ID);
    expect(form.get("client_secret")).toBe(CLIENT_SECRET);
    expect(form.get("scope")).toBe(`${microsoft.server.origin}/.default`);
  });

  it("are asked for once by many callers at the same time", async () => {
    const client = microsoft.client();

    await Promise.all(Array.from({ length: 10 }, () => client.connect(never)));

    expect(microsoft.tokenRequests).toHaveLength(1);
  });

  it("are asked for on behalf of the others when the first caller goes away", async () => {
    const client = microsoft.client();
    const stop = new AbortController();

    const leaving = client.connect(stop.signal);
    const staying = client.connect(never);
    stop.abort(new Error("gone"));

    await expect(leaving).rejects.toThrow("gone");
    await expect(staying).resolves.toBeTypeOf("number");
    expect(microsoft.tokenRequests).toHaveLength(1);
  });

  it("tell Graph's present time by the Date of the token answer, refused ones too", async () => {
    const date = "Wed, 14 Oct 2026 07:00:12 GMT";
    microsoft.login.push((response) => sendJson(response, 400, { error: "x", error_codes: [7000222] }, { date }));
    const client = microsoft.client();

    await expect(client.connect(never)).rejects.toThrow(BlockedError);

    expect(client.now()).toBeGreaterThanOrEqual(Date.parse(date));
    expect(client.now()).toBeLessThan(Date.parse(date) + MINUTE_MS);
  });

  it("are renewed ahead of time without making anybody wait", async () => {
    const client = microsoft.client();
    await client.connect(never);
    pass(50 * MINUTE_MS);
    microsoft.login.push(() => {});

    await client.connect(never);
    await client.connect(never);

    await until("the renewal is under way", () => microsoft.tokenRequests.length === 2);
  });

  it("are renewed when Entra ID says so", async () => {
    microsoft.login.push(issueToken(1, { refresh_in: 60 }));
    const client = microsoft.client();
    await client.connect(never);
    pass(2 * MINUTE_MS);

    await client.connect(never);

    await until("the renewal", () => microsoft.tokenRequests.length === 2);
  });

  it("stay in use while a renewal fails, as long as they are good for a minute", async () => {
    const renewals: unknown[] = [];
    const client = microsoft.client({}, { onRenewal: (tenantId, error) => renewals.push([tenantId, error]) });
    await client.connect(never);
    pass(55 * MINUTE_MS);
    microsoft.login.push(fail(503), fail(503));
    microsoft.graph.push(page([]), page([]));

    await collect(client.pages(SIGN_INS, never));
    await until("the failed renewal", () => renewals.length > 0);
    await collect(client.pages(SIGN_INS, never));

    expect(microsoft.graphRequests.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${tokenNumber(1)}`,
      `Bearer ${tokenNumber(1)}`,
    ]);
    expect(renewals).toEqual([[TENANT_ID, expect.objectContaining({ code: "ERF2011" })]]);
    expect(microsoft.tokenRequests).toHaveLength(2);

    pass(4 * MINUTE_MS);
    await expect(client.connect(never)).rejects.toThrow(TransientError);
  });

  it("that fail are not asked for again within seconds, then with the network", async () => {
    microsoft.login.push(fail(429));
    const client = microsoft.client();

    const failures = await Promise.allSettled(Array.from({ length: 3 }, () => client.connect(never)));
    await expect(client.connect(never)).rejects.toMatchObject({ code: "ERF2011" });

    expect(failures.every(({ status }) => status === "rejected")).toBe(true);
    expect(microsoft.tokenRequests).toHaveLength(1);

    pass(6_000);
    await client.connect(never);
    expect(microsoft.tokenRequests).toHaveLength(2);
  });

  it("wait as long as a throttling endpoint asks", async () => {
    microsoft.login.push(fail(429, { "retry-after": "20" }));
    const client = microsoft.client();

    await expect(client.connect(never)).rejects.toMatchObject({ code: "ERF2011", retryAfterMs: 20_000 });
    pass(15_000);
    await expect(client.connect(never)).rejects.toMatchObject({ code: "ERF2011" });
    expect(microsoft.tokenRequests).toHaveLength(1);

    pass(6_000);
    await client.connect(never);
    expect(microsoft.tokenRequests).toHaveLength(2);
  });

  it("take up a rotated secret with the next request", async () => {
    let secret = "canary-old";
    microsoft.login.push(refuse(7000222));
    const client = microsoft.client({ credential: () => Promise.resolve({ clientSecret: new Secret(secret) }) });
    await expect(client.connect(never)).rejects.toMatchObject({ code: "ERF2003" });
    secret = "canary-new";
    pass(10_000);

    await client.connect(never);

    const secrets = microsoft.tokenRequests.map(({ body }) => new URLSearchParams(body).get("client_secret"));
    expect(secrets).toEqual(["canary-old", "canary-new"]);
  });

  it.each([
    [7000215, "ERF2002"],
    [7000222, "ERF2003"],
    [700027, "ERF2004"],
    [700016, "ERF2005"],
    [90002, "ERF2006"],
    [900382, "ERF2007"],
    [53003, "ERF2008"],
    [700024, "ERF2009"],
    [70011, "ERF2010"],
    [700229, "ERF2010"],
    [999999, "ERF2010"],
  ])("refused with AADSTS%s need an operator: %s", async (number, code) => {
    microsoft.login.push(refuse(number));

    const error = await refusal();

    expect(error).toBeInstanceOf(BlockedError);
    expect(error).toMatchObject({ code });
    expect(String(error)).toContain(`AADSTS${number}`);
    expect(String(error)).not.toContain("canary");
  });

  it.each([
    [7000222, /new client secret.*; polling resumes by itself with a new file, .* with a restart\.$/],
    [53003, /; polling resumes by itself\.$/],
    [700016, /clientId.*; polling resumes by itself, after a change of the configuration file with a restart\.$/],
    [90002, /tenantId.*with a restart\.$/],
    [900382, /tenants\[\]\.cloud.*with a restart\.$/],
    [70011, /tenants\[\]\.cloud.*with a restart\.$/],
    [700229, /federated credential; polling resumes by itself\.$/],
  ])("refused with AADSTS%s tell what to do, and whether a restart is needed", async (number, remedy) => {
    microsoft.login.push(refuse(number));

    expect(await refusal()).toMatchObject({ remedy: expect.stringMatching(remedy) });
  });

  it.each<readonly [string, Answer, string]>([
    ["AADSTS90033", refuse(90033), "ERF2011"],
    ["a 503", fail(503), "ERF2011"],
    ["an HTML 502", (response) => sendHtml(response, 502), "ERF2011"],
    ["an HTML 408", (response) => sendHtml(response, 408), "ERF2011"],
    ["a captive portal", (response) => sendHtml(response, 200), "ERF3014"],
    ["a redirect", (response) => sendHtml(response, 302), "ERF3014"],
    ["a web filter", (response) => sendHtml(response, 403), "ERF3014"],
    ["a token of nothing", (response) => sendJson(response, 200, { access_token: "", expires_in: 1 }), "ERF2011"],
    ["a connection that ends", (response) => void response.destroy(), "ERF2001"],
  ])("pass by themselves after %s", async (_name, answer, code) => {
    microsoft.login.push(answer);

    const error = await refusal();

    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code });
    expect(microsoft.server.requests).toHaveLength(1);
  });

  it("are asked for with a signed assertion where the credential is a certificate", async () => {
    const { certificate, privateKey } = await selfSigned("rsa:2048");
    const client = microsoft.client({
      credential: () => Promise.resolve({ certificate, privateKey: new Secret(privateKey) }),
    });

    await client.connect(never);

    const form = new URLSearchParams(microsoft.tokenRequests[0]?.body);
    expect(form.get("client_secret")).toBeNull();
    const [header = "", claims = "", signature = ""] = (form.get("client_assertion") ?? "").split(".");
    const thumbprint = new X509Certificate(certificate).fingerprint256.replaceAll(":", "");
    expect(decoded(header)).toMatchObject({
      alg: "PS256",
      "x5t#S256": Buffer.from(thumbprint, "hex").toString("base64url"),
    });
    const host = new URL(microsoft.server.origin).host;
    expect(decoded(claims)).toMatchObject({ iss: CLIENT_ID, aud: `https://${host}${TOKEN_PATH}` });
    const key = { key: createPublicKey(certificate), padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    expect(verify("sha256", Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, "base64url"))).toBe(true);
    expect(microsoft.server.requests).toHaveLength(1);
  });

  it("need an operator where the certificate cannot be used", async () => {
    const kinds = ["rsa:2048", "rsa:2048", "ec", "rsa:1024"] as const;
    const [one, other, curve, short] = await Promise.all(kinds.map(selfSigned));
    const pairs = [
      [one?.certificate, other?.privateKey],
      [curve?.certificate, curve?.privateKey],
      [short?.certificate, short?.privateKey],
      ["no PEM", one?.privateKey],
      [one?.certificate, "canary-key: no PEM either"],
      [one?.certificate, "-----BEGIN ENCRYPTED PRIVATE KEY-----\ncanary"],
    ];

    for (const [certificate = "", privateKey = ""] of pairs) {
      const error = await refusal({
        credential: () => Promise.resolve({ certificate, privateKey: new Secret(privateKey) }),
      });
      expect(error).toMatchObject({ name: "BlockedError", code: "ERF1003" });
      expect(String(error)).not.toContain("canary");
    }
    expect(microsoft.server.requests).toEqual([]);
  });

  it.each([
    ["a scope", { scope: ["a"] }],
    ["a token type", { token_type: 7 }],
    ["a time of renewal", { refresh_in: {} }],
  ])("are taken with %s of an odd type", async (_name, fields) => {
    microsoft.login.push(issueToken(1, fields));

    expect(await refusal()).toBeUndefined();
  });

  it("are held for a day at most, whatever the endpoint says", async () => {
    microsoft.login.push(issueToken(1, { expires_in: 1e15 }));
    const client = microsoft.client();

    await client.connect(never);
    pass(25 * 60 * MINUTE_MS);
    await client.connect(never);

    expect(microsoft.tokenRequests).toHaveLength(2);
  });

  it("that Graph refused are not renewed again where a newer one is at hand", async () => {
    let requests = 0;
    const tokens = new Tokens(() => {
      requests += 1;
      const now = Date.now();
      return Promise.resolve({ value: new Secret("x"), acquiredOn: now, expiresOn: now + 60 * MINUTE_MS });
    });
    const refused = await tokens.get(never);
    const renewed = await tokens.renew(refused, undefined, never);

    expect(renewed).not.toBe(refused);
    expect(await tokens.renew(refused, undefined, never)).toBe(renewed);
    expect(requests).toBe(2);
  });

  it("that must meet claims are asked for with them, even while another request is in flight", async () => {
    const asked: (string | undefined)[] = [];
    const answers: (() => void)[] = [];
    const tokens = new Tokens(async ({ claims }) => {
      asked.push(claims);
      await new Promise<void>((resolve) => answers.push(resolve));
      const now = Date.now();
      return { value: new Secret("x"), acquiredOn: now, expiresOn: now + 60 * MINUTE_MS };
    });
    const first = tokens.get(never);
    answers.shift()?.();
    const refused = await first;
    const plain = tokens.renew(refused, undefined, never);
    const challenged = [tokens.renew(refused, "{}", never), tokens.renew(refused, "{}", never)];

    answers.shift()?.();
    await until("the claims are asked for", () => answers.length === 1);
    answers.shift()?.();

    const [one, two] = await Promise.all(challenged);
    expect(one).toBe(two);
    expect(one).not.toBe(await plain);
    expect(await tokens.renew(await plain, "{}", never)).toBe(one);
    expect(asked).toEqual([undefined, undefined, "{}"]);
  });

  it("report a credential that cannot be read as it is", async () => {
    const unreadable = new BlockedError("ERF1003", "tenant contoso: gone", "Restore the file.");

    expect(await refusal({ credential: () => Promise.reject(unreadable) })).toBe(unreadable);
  });
});

async function selfSigned(kind: "rsa:2048" | "rsa:1024" | "ec"): Promise<{ certificate: string; privateKey: string }> {
  const directory = mkdtempSync(join(tmpdir(), "graph-certificate-"));
  const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  const curve = kind === "ec" ? ["-pkeyopt", "ec_paramgen_curve:P-256"] : [];
  const options = ["req", "-x509", "-newkey", kind, ...curve, "-nodes", "-days", "2", "-subj", "/CN=app"];
  await run("openssl", [...options, "-keyout", key, "-out", cert]);
  const pair = { certificate: readFileSync(cert, "utf8"), privateKey: readFileSync(key, "utf8") };
  rmSync(directory, { recursive: true });
  return pair;
}
