import { execFile } from "node:child_process";
import { constants, createHash, generateKeyPairSync, randomUUID, sign, X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLIENT, CREDENTIAL, TENANT, tokenRequest, world } from "./client.ts";

describe("client secret", () => {
  it("gives a token with the app's permissions for 60 to 90 minutes", async () => {
    const { login } = await world();

    const body = (await (await tokenRequest(login)).json()) as { access_token: string; expires_in: number };

    const [, payload = ""] = body.access_token.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as { roles: string[] };
    expect(body.expires_in).toBeGreaterThanOrEqual(3_600);
    expect(body.expires_in).toBeLessThanOrEqual(5_400);
    expect(claims).toMatchObject({ tid: TENANT, appid: CLIENT });
    expect(claims.roles).toContain("IdentityRiskEvent.Read.All");
  });

  it.each([
    [7000215, { client_secret: "wrong" }, 401, "invalid_client"],
    [700016, { client_id: randomUUID() }, 400, "unauthorized_client"],
    [70011, { scope: "https://elsewhere.example/.default" }, 400, "invalid_scope"],
    [7000218, { grant_type: "password" }, 401, "invalid_client"],
  ])("answers AADSTS%i to %o", async (number, form, status, error) => {
    const { login } = await world();

    const response = await tokenRequest(login, form);
    const body = (await response.json()) as Record<string, unknown>;

    expect(response.status).toBe(status);
    expect(body).toMatchObject({ error, error_codes: [number] });
    expect(body["error_description"]).toMatch(new RegExp(`^AADSTS${number}: [^\r\n]+\r\nTrace ID: `));
  });

  it("answers AADSTS90002 for a tenant that does not exist", async () => {
    const { login } = await world();

    expect(await (await tokenRequest(login, {}, randomUUID())).json()).toMatchObject({ error_codes: [90002] });
  });

  it("accepts a changed secret, and tokens take new permissions", async () => {
    const { simulator, login, get, list } = await world({ tenants: [{ ...CREDENTIAL, roles: [] }] });
    simulator.change(TENANT, { clientSecret: "new", roles: ["AuditLog.Read.All"] });

    expect((await tokenRequest(login)).status).toBe(401);
    const renewed = (await (await tokenRequest(login, { client_secret: "new" })).json()) as { access_token: string };

    expect((await get(list("signIns"))).status).toBe(403);
    expect((await get(list("signIns"), { authorization: `Bearer ${renewed.access_token}` })).status).toBe(200);
  });

  it("objects to a secret in the address", async () => {
    const { simulator, login } = await world();

    await fetch(`${login}/${TENANT}/oauth2/v2.0/token?client_secret=x`, { method: "POST" });

    expect(simulator.violations).toEqual(["secret in the address of a token request"]);
  });
});

describe("certificate", () => {
  let directory: string;
  let certificatePem: string;
  let privateKey: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "simulator-"));
    const key = join(directory, "key.pem");
    const certificate = join(directory, "certificate.pem");
    const options = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=forwarder"];
    await promisify(execFile)("openssl", [...options, "-keyout", key, "-out", certificate]);
    certificatePem = await readFile(certificate, "utf8");
    privateKey = await readFile(key, "utf8");
  });

  afterAll(() => rm(directory, { recursive: true }));

  interface Forgery {
    readonly header?: object;
    readonly claims?: object;
    readonly key?: string;
  }

  function assertion({ header = {}, claims = {}, key = privateKey }: Forgery): string {
    const thumbprint = createHash("sha256").update(new X509Certificate(certificatePem).raw).digest("base64url");
    const now = Math.floor(Date.now() / 1_000);
    const aud = `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`;
    const head = { alg: "PS256", typ: "JWT", "x5t#S256": thumbprint, ...header };
    const body = { aud, iss: CLIENT, sub: CLIENT, jti: randomUUID(), nbf: now, exp: now + 600, ...claims };
    const signed = [head, body].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
    return `${signed}.${sign("sha256", Buffer.from(signed), pss).toString("base64url")}`;
  }

  it("gives a token for a good assertion", async () => {
    const { login } = await world({ tenants: [{ ...CREDENTIAL, certificatePem }] });

    expect((await request(login, assertion({}))).status).toBe(200);
    expect((await request(login, assertion({ claims: { aud: `${login}/${TENANT}/oauth2/v2.0/token` } }))).status).toBe(
      200,
    );
  });

  it.each([
    ["of another key", () => ({ key: otherKey() }), 700027],
    ["of another certificate", () => ({ header: { "x5t#S256": "AAAA" } }), 700027],
    ["with another algorithm", () => ({ header: { alg: "RS256" } }), 700027],
    ["for another audience", () => ({ claims: { aud: `https://evil.example/${TENANT}/oauth2/v2.0/token` } }), 700027],
    ["of another app", () => ({ claims: { iss: randomUUID() } }), 700027],
    ["that has expired", () => ({ claims: { nbf: 1, exp: 601 } }), 700024],
    ["from the future", () => ({ claims: { nbf: 4e9, exp: 4e9 + 600 } }), 700024],
  ])("refuses an assertion %s", async (_, forgery, number) => {
    const { login } = await world({ tenants: [{ ...CREDENTIAL, certificatePem }] });

    expect(await (await request(login, assertion(forgery()))).json()).toMatchObject({ error_codes: [number] });
  });

  it("refuses what is no assertion, and one where no certificate is registered", async () => {
    const { login } = await world({ tenants: [{ ...CREDENTIAL, certificatePem }] });
    const without = await world();

    expect(await (await request(login, "abc")).json()).toMatchObject({ error_codes: [700027] });
    expect(await (await request(without.login, assertion({}))).json()).toMatchObject({ error_codes: [700027] });
  });
});

function otherKey(): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

async function request(login: string, clientAssertion: string): Promise<Response> {
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: CLIENT,
    scope: "https://graph.microsoft.com/.default",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: clientAssertion,
  });
  return fetch(`${login}/${TENANT}/oauth2/v2.0/token`, { method: "POST", body });
}
