/** What an operator reads about the files that a configuration names. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load.ts";
import { graphTenant } from "../../../src/config/settings.ts";

const directory = mkdtempSync(join(tmpdir(), "files-"));
const place = (name: string) => join(directory, name);

const IDS = "tenantId: 5611623b-9128-461e-9d7f-a0d9c270ead2, clientId: 2f9c1d0e-0000-4000-8000-000000000001";

function makePair(name: string, ...newKey: string[]): void {
  const files = ["-keyout", place(`${name}.key`), "-out", place(`${name}.pem`)];
  execFileSync("openssl", ["req", "-x509", "-newkey", ...newKey, ...files, "-days", "2", "-subj", "/CN=app"], {
    stdio: "pipe",
  });
}

const credentialOf = (certificate: string, key: string) =>
  `{ certificateFile: ${place(certificate)}, privateKeyFile: ${place(key)} }`;

function yaml(credential: string, tls = ""): string {
  const sink = `{ name: siem, type: syslog, transport: ${tls === "" ? "tcp" : `tls, tls: ${tls}`}, host: h }`;
  return `tenants: [{ name: contoso, ${IDS}, credential: ${credential} }]\nsinks: [${sink}]\n`;
}

/** What loading such a configuration says, without the directory. */
function refusal(credential: string, tls = ""): string {
  const file = place("config.yaml");
  writeFileSync(file, yaml(credential, tls));
  try {
    loadConfig(file, {});
  } catch (error) {
    expect(error).toMatchObject({ name: "ConfigError", code: "ERF1001" });
    return error instanceof Error ? error.message.replaceAll(`${directory}/`, "") : "";
  }
  return "accepted";
}

beforeAll(() => {
  makePair("app", "rsa:2048", "-nodes");
  makePair("other", "rsa:2048", "-nodes");
  makePair("short", "rsa:1024", "-nodes");
  makePair("curve", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes");
  makePair("locked", "rsa:2048", "-passout", "pass:canary");
  writeFileSync(place("secret"), "s");
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("a certificate and its key", () => {
  it("are accepted when they belong together", () => {
    expect(refusal(credentialOf("app.pem", "app.key"))).toBe("accepted");
    const tls = `{ certFile: ${place("curve.pem")}, keyFile: ${place("curve.key")} }`;
    expect(refusal(`{ secretFile: ${place("secret")} }`, tls)).toBe("accepted");
  });

  it.each([
    ["do not belong together", "app.pem", "other.key", "the private key does not belong to the certificate"],
    ["are too short", "short.pem", "short.key", "the private key has 1024 bits, and 2048 are the least"],
    ["are not RSA", "curve.pem", "curve.key", "the private key is not an RSA key"],
    [
      "are encrypted",
      "locked.pem",
      "locked.key",
      "which is encrypted, expected an unencrypted key (openssl pkey -in locked.key -out unencrypted.key)",
    ],
  ])("of a tenant are refused where they %s", (_name, certificate, key, expected) => {
    const message = refusal(credentialOf(certificate, key));

    expect(message).toContain(`config.yaml:1: tenants[0].credential.privateKeyFile: found ${key}`);
    expect(message).toContain(expected);
  });

  it("of a sink are refused where they do not belong together", () => {
    const tls = `{ certFile: ${place("app.pem")}, keyFile: ${place("other.key")} }`;

    expect(refusal(`{ secretFile: ${place("secret")} }`, tls)).toContain(
      "sinks[0].tls.keyFile: found other.key for app.pem: the private key does not belong to the certificate",
    );
  });
});

describe("a secret in place of a path", () => {
  it.each([
    ["secretFile: 8Q~canary-secret", "secretFile"],
    ["certificateFile: 8Q~canary, privateKeyFile: '-----BEGIN PRIVATE KEY----- canary/key'", "privateKeyFile"],
  ])("is not shown: %s", (credential, key) => {
    const message = refusal(`{ ${credential} }`);

    expect(message).toContain(`tenants[0].credential.${key}: found no such file (its name is not shown`);
    expect(message).not.toContain("canary");
  });
});

describe("a systemd credential", () => {
  it("is read from the directory that systemd names, and asks for a restart when it is gone", async () => {
    writeFileSync(place("config.yaml"), yaml("{ secretCredential: secret }"));
    const environment = { CREDENTIALS_DIRECTORY: directory };
    const [tenant] = loadConfig(place("config.yaml"), environment).tenants.map((one) => graphTenant(one, environment));

    const credential = await tenant?.credential();

    expect(credential && "clientSecret" in credential && credential.clientSecret.reveal()).toBe("s");
    rmSync(place("secret"));
    await expect(tenant?.credential()).rejects.toMatchObject({
      code: "ERF1003",
      remedy: expect.stringContaining("systemctl restart"),
    });
  });
});
