/** `check` names each trouble with its remedy and touches no state. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthority } from "../support/certificates.ts";
import type { Finished } from "../support/daemon.ts";
import { freePort } from "../support/ports.ts";
import { isRsyslogInstalled, startRsyslog } from "../support/rsyslog.ts";
import { Scenario, SECRET, testTenant } from "../support/scenario.ts";

interface Finding {
  readonly subject: string;
  readonly outcome: string;
}

/** Entra ID takes RSA keys only. */
function makeAppCertificate(directory: string): { certFile: string; keyFile: string } {
  const certFile = join(directory, "app.pem");
  const keyFile = join(directory, "app.key");
  const key = ["-newkey", "rsa:2048", "-nodes", "-keyout", keyFile];
  execFileSync("openssl", ["req", "-x509", ...key, "-out", certFile, "-days", "30", "-subj", "/CN=app"], {
    stdio: "pipe",
  });
  return { certFile, keyFile };
}

describe.skipIf(!isRsyslogInstalled())("check (needs rsyslogd)", () => {
  const good = testTenant(1);
  const wrong = testTenant(2);
  const expired = testTenant(3);
  const unknown = testTenant(4);
  const certified = testTenant(5);
  let scenario: Scenario;
  let text: Finished;
  let json: Finished;
  let findings: Finding[];

  beforeAll(async () => {
    const origin = new Scenario();
    const authority = await createAuthority(origin.directory, "collector-ca");
    const stranger = await createAuthority(origin.directory, "other-ca");
    const certificate = await authority.issue("localhost", { altNames: "DNS:localhost,IP:127.0.0.1" });
    const app = makeAppCertificate(origin.directory);
    scenario = new Scenario({
      tenants: [
        {
          ...good,
          clientSecret: SECRET,
          roles: ["AuditLog.Read.All", "IdentityRiskyUser.Read.All"],
          licensed: ["signIns", "riskDetections"],
        },
        { ...wrong, clientSecret: "another" },
        { ...expired, clientSecret: SECRET },
        { ...certified, certificatePem: readFileSync(app.certFile, "utf8") },
      ],
    });
    await scenario.start();
    scenario.simulator.fault({ endpoint: "token", tenantId: expired.tenantId, kind: "aadsts", number: 7000222 });
    const tls = { ...certificate, caFile: authority.caFile, driver: "ossl", authMode: "anon" } as const;
    const secure = await startRsyslog({ directory: origin.directory, tls });
    const config = scenario.config();
    const [pattern] = config.tenants;
    const [siem] = config.sinks;
    const secret = { secretFile: "secret" };
    const files = { certificateFile: app.certFile, privateKeyFile: app.keyFile };
    const secureSink = { ...siem, transport: "tls", port: secure.tlsPort };
    scenario.daemon.configure({
      ...config,
      tenants: [
        ...[good, wrong, expired, unknown].map((tenant) => ({ ...pattern, ...tenant, credential: secret })),
        { ...pattern, ...certified, credential: files },
      ],
      sinks: [
        siem,
        { ...siem, name: "dead", port: await freePort() },
        { ...secureSink, name: "secure", tls: { caFile: authority.caFile } },
        { ...secureSink, name: "wrong-ca", tls: { caFile: stranger.caFile } },
        { ...secureSink, name: "wrong-name", tls: { caFile: authority.caFile, serverName: "siem.example.net" } },
      ],
    });
    text = await scenario.daemon.run("check", "--config", "config.yaml");
    json = await scenario.daemon.run("check", "--config", "config.yaml", "--json");
    findings = JSON.parse(json.stdout).findings;
    await secure.process.stop();
    await origin.dispose();
  });

  afterAll(() => scenario.dispose());

  it.each([
    ["tenant tenant-1: token", { outcome: "ok" }],
    ["tenant tenant-1: signIns", { outcome: "ok" }],
    [
      "tenant tenant-1: riskDetections",
      { outcome: "failed", code: "ERF3007", remedy: expect.stringContaining("IdentityRiskEvent.Read.All") },
    ],
    ["tenant tenant-1: riskyUsers", { outcome: "resting", code: "ERF3008" }],
    ["tenant tenant-2: token", { outcome: "failed", code: "ERF2002", remedy: expect.stringContaining("Value") }],
    ["tenant tenant-3: token", { outcome: "failed", code: "ERF2003", remedy: expect.stringContaining("new") }],
    ["tenant tenant-4: token", { outcome: "failed", code: "ERF2006", remedy: expect.stringContaining("tenantId") }],
    ["tenant tenant-5: token", { outcome: "ok" }],
    ["tenant tenant-5: riskyUsers", { outcome: "ok" }],
    ["sink siem", { outcome: "ok" }],
    ["state", { outcome: "ok" }],
    ["sink dead", { outcome: "failed", code: "ERF4001" }],
    ["sink secure", { outcome: "ok" }],
    ["sink wrong-ca", { outcome: "failed", code: "ERF4004", remedy: expect.stringContaining("caFile") }],
    ["sink wrong-name", { outcome: "failed", code: "ERF4004", remedy: expect.stringContaining("serverName") }],
  ])("%s", (subject, expected) => {
    expect(findings.find((finding) => finding.subject === subject)).toMatchObject(expected);
  });

  it("prints one line each, exits 1 and touches no state", () => {
    expect(text.exitCode).toBe(1);
    expect(text.stdout.trim().split("\n")).toHaveLength(findings.length);
    expect(text.stdout).toMatch(/^failed +sink dead: ERF4001 [^\n]*\w\)?\. Remedy: /m);
    expect(existsSync(join(scenario.daemon.directory, "state.db"))).toBe(false);
  });
});
