/** `check` names each trouble with its remedy and touches no state. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthority } from "../support/certificates.ts";
import { ConnectProxy } from "../support/connect-proxy.ts";
import type { Finished } from "../support/daemon.ts";
import { freePort } from "../support/ports.ts";
import { isImrelpInstalled, isRsyslogInstalled, startRsyslog } from "../support/rsyslog.ts";
import { every, NOTHING_WRONG, play, Scenario, SECRET, testTenant } from "../support/scenario.ts";

interface Finding {
  readonly subject: string;
  readonly outcome: string;
}

function daysAhead(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString();
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

describe.skipIf(!isImrelpInstalled())("check (needs rsyslogd with imrelp)", () => {
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
      collector: { relp: { queue: "direct" } },
      environment: { NODE_EXTRA_CA_CERTS: "/nowhere/extra.pem" },
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
    const secureSink = { ...siem, transport: "tls", host: "localhost", port: secure.tlsPort };
    scenario.daemon.configure({
      ...config,
      tenants: [
        ...[good, unknown].map((tenant) => ({ ...pattern, ...tenant, credential: secret })),
        { ...pattern, ...wrong, credential: { ...secret, expires: daysAhead(5) } },
        { ...pattern, ...expired, credential: { ...secret, expires: daysAhead(-1) } },
        { ...pattern, ...certified, credential: files },
      ],
      sinks: [
        siem,
        { ...siem, name: "dead", port: await freePort() },
        { ...siem, name: "nameless", host: "collector.invalid" },
        { ...siem, name: "udp", transport: "udp", port: scenario.rsyslog.udpPort },
        { name: "archive", type: "relp", host: "127.0.0.1", port: scenario.rsyslog.relpPort },
        { ...secureSink, name: "secure", tls: { caFile: authority.caFile } },
        { ...secureSink, name: "wrong-ca", tls: { caFile: stranger.caFile } },
        { ...secureSink, name: "wrong-name", tls: { caFile: authority.caFile, serverName: "siem.example.net" } },
      ],
    });
    text = await scenario.daemon.run("check", "--config", "config.yaml");
    // Graph allows one request a second to each tenant's risk, and a check starts in less.
    await sleep(1_000);
    json = await scenario.daemon.run("check", "--config", "config.yaml", "--json");
    findings = JSON.parse(json.stdout).findings;
    await secure.process.stop();
    await origin.dispose();
  });

  afterAll(() => scenario.dispose());

  it.each([
    ["tenant tenant-1: token", { outcome: "passed" }],
    ["tenant tenant-1: signIns", { outcome: "passed" }],
    [
      "tenant tenant-1: riskDetections",
      { outcome: "failed", code: "ERF3007", remedy: expect.stringContaining("IdentityRiskEvent.Read.All") },
    ],
    ["tenant tenant-1: riskyUsers", { outcome: "resting", code: "ERF3008" }],
    ["tenant tenant-2: token", { outcome: "failed", code: "ERF2002", remedy: expect.stringContaining("Value") }],
    ["tenant tenant-3: token", { outcome: "failed", code: "ERF2003", remedy: expect.stringContaining("new") }],
    ["tenant tenant-4: token", { outcome: "failed", code: "ERF2006", remedy: expect.stringContaining("tenantId") }],
    ["tenant tenant-5: token", { outcome: "passed" }],
    ["tenant tenant-5: riskyUsers", { outcome: "passed" }],
    ["tenant tenant-1: client secret", { outcome: "passed", message: expect.stringContaining("not told") }],
    [
      "tenant tenant-2: client secret",
      { outcome: "warned", code: "ERF1007", message: expect.stringContaining("5 days left") },
    ],
    ["tenant tenant-3: client secret", { outcome: "failed", code: "ERF1007" }],
    ["tenant tenant-5: client certificate", { outcome: "warned", code: "ERF1007" }],
    ["proxy", { outcome: "passed", message: expect.stringContaining("none") }],
    ["CA", { outcome: "warned", code: "ERF1003", message: expect.stringContaining("/nowhere/extra.pem") }],
    ["clock", { outcome: "passed", message: "as Microsoft's" }],
    ["sink siem: test record", { outcome: "passed", message: expect.stringContaining("confirmed") }],
    ["sink archive: test record", { outcome: "passed", message: expect.stringContaining("acknowledged") }],
    ["sink udp: test record", { outcome: "passed", message: expect.stringContaining("nothing answers") }],
    ["state", { outcome: "passed", message: expect.stringMatching(/^\d.* free/) }],
    ["sink dead: test record", { outcome: "failed", code: "ERF4001" }],
    ["sink nameless: DNS", { outcome: "failed", code: "ERF4001" }],
    ["sink secure: DNS", { outcome: "passed", message: expect.stringContaining("127.0.0.1") }],
    [
      "sink secure: TLS",
      { outcome: "warned", message: expect.stringMatching(/^TLSv1\.3, localhost signed by collector-ca, until 20/) },
    ],
    ["sink secure: test record", { outcome: "passed", message: expect.stringContaining("confirmed") }],
    ["sink wrong-ca: TLS", { outcome: "failed", code: "ERF4004", remedy: expect.stringContaining("caFile") }],
    ["sink wrong-name: TLS", { outcome: "failed", code: "ERF4004", remedy: expect.stringContaining("serverName") }],
  ])("%s", (subject, expected) => {
    expect(findings.find((finding) => finding.subject === subject)).toMatchObject(expected);
  });

  it("tries nothing of a sink after what has failed", () => {
    const subjects = findings.map(({ subject }) => subject);

    expect(subjects).toContain("sink secure: test record");
    for (const name of ["nameless", "wrong-ca", "wrong-name"]) {
      expect(subjects).not.toContain(`sink ${name}: test record`);
    }
  });

  it("prints one line each and the counts, exits 1 and touches no state", () => {
    const lines = text.stdout.trim().split("\n");

    expect(text.exitCode).toBe(1);
    expect(lines).toHaveLength(findings.length + 1);
    expect(lines.at(-1)).toMatch(/^\d+ passed, \d+ warned, \d+ failed, 1 resting$/);
    expect(text.stdout).toMatch(/^failed +sink dead: test record: ERF4001 [^\n]*\w\)?\. Remedy: /m);
    expect(text.stdout).not.toContain("\u001b");
    expect(existsSync(join(scenario.daemon.directory, "state.db"))).toBe(false);
  });

  it("sends each sink its test record, which says what it is", async () => {
    const notices = await scenario.rsyslog.process.notices();
    const records = notices.filter((line) => line.includes("|forwarder.test|Test record|0|"));

    // Once for each of the two runs.
    for (const name of ["siem", "archive", "udp"]) {
      expect(
        records.filter((line) => line.includes(` cs2=${name} cs2Label=sink msg=sent by the command check`)),
      ).toHaveLength(2);
    }
  });

  it("asks Graph once for each source", () => {
    const { requests } = scenario.simulator;
    const asked = (tenantId: string) => requests.filter((request) => request.tenantId === tenantId);

    expect(asked(certified.tenantId).filter(({ endpoint }) => endpoint === "graph")).toHaveLength(2 * 3);
  });
});

describe.skipIf(!isRsyslogInstalled())("check on a host (needs rsyslogd)", () => {
  it.each([
    [30_000, { outcome: "passed", message: expect.stringMatching(/^(29|30|31) s behind Microsoft's$/) }, 0],
    [-120_000, { outcome: "warned", code: "ERF2009", message: expect.stringContaining("ahead of Microsoft's") }, 0],
    [3_600_000, { outcome: "failed", code: "ERF2009", remedy: expect.stringContaining("Synchronise") }, 1],
  ])("that is %d ms behind says so", async (clockOffsetMs, expected, exitCode) => {
    await play({ clockOffsetMs }, async (scenario) => {
      scenario.daemon.configure(scenario.config());

      const finished = await scenario.daemon.run("check", "--config", "config.yaml", "--json");

      const { findings } = JSON.parse(finished.stdout);
      expect(findings).toContainEqual(expect.objectContaining({ subject: "clock", ...expected }));
      expect(finished.exitCode).toBe(exitCode);
    });
  });

  it("behind a proxy that refuses names it without its password", async () => {
    const proxy = await new ConnectProxy({ refuse: 407 }).start();
    const environment = { HTTPS_PROXY: proxy.url, NO_PROXY: "10.0.0.0/8" };
    await play({ environment }, async (scenario) => {
      const { daemon, tenants } = scenario;
      const credential = { secretFile: "secret" };
      daemon.configure(scenario.config({ tenants: tenants.map((tenant) => ({ ...tenant, credential })) }));

      const { stdout, exitCode } = await daemon.run("check", "--config", "config.yaml");

      expect(stdout).toMatch(/^passed +proxy: http:\/\/127\.0\.0\.1:\d+, but not for 10\.0\.0\.0\/8$/m);
      expect(stdout).toMatch(/^failed +tenant tenant-1: token: ERF3014 .*the proxy answered 407.*Remedy: /m);
      expect(stdout).not.toContain("canary-proxy-password");
      expect(exitCode).toBe(1);
    });
    expect(proxy.targets).not.toEqual([]);
    await proxy.stop();
  });

  it("beside a running daemon leaves its state and its order alone", async () => {
    await play({}, async (scenario) => {
      const { daemon } = scenario;
      scenario.show("signIns", every(50, 1_000));
      daemon.configure(scenario.config());
      await daemon.start();
      await scenario.untilDelivered();

      const { exitCode, stdout } = await daemon.run("check", "--config", "config.yaml");
      scenario.show("signIns", every(50, 0));
      await scenario.untilDelivered();

      const notices = await scenario.rsyslog.process.notices();
      expect(stdout).not.toMatch(/^failed/m);
      expect(exitCode).toBe(0);
      expect(notices.filter((line) => line.includes("|forwarder.test|"))).toHaveLength(1);
      expect(await scenario.compare()).toEqual(NOTHING_WRONG);
    });
  });
});
