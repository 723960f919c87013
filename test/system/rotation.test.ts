/** Secrets and certificates that are replaced in their files: picked up without a restart and without a signal. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, type TestContext } from "vitest";
import { createAuthority } from "../support/certificates.ts";
import { until } from "../support/poll.ts";
import { isRsyslogInstalled, startRsyslog } from "../support/rsyslog.ts";
import { every, identityOf, NOTHING_WRONG, Scenario, type ScenarioOptions, testTenant } from "../support/scenario.ts";

/** So short that each poll needs a token of its own: one counts as usable until a minute before its end. */
const TOKEN_LIFETIME_MS = 65_000;
const WITHOUT_SWEEPS = { signIns: { every: "10s", sweeps: [] } };

type OnTestFinished = TestContext["onTestFinished"];

async function scene(onTestFinished: OnTestFinished, options: ScenarioOptions = {}): Promise<Scenario> {
  const scenario = new Scenario(options);
  onTestFinished(() => scenario.dispose());
  await scenario.start();
  scenario.show("signIns", every(20, 60_000));
  return scenario;
}

function scratch(onTestFinished: OnTestFinished): string {
  const directory = mkdtempSync(join(tmpdir(), "rotation-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function onlySignIns(scenario: Scenario, changes: object = {}): object {
  const config = scenario.config({ sources: WITHOUT_SWEEPS });
  return { ...config, tenants: config.tenants.map((tenant) => ({ ...tenant, sources: ["signIns"], ...changes })) };
}

const tokens = ({ simulator }: Scenario) => simulator.requests.filter(({ endpoint }) => endpoint === "token");

/** Everything is delivered, and neither a restart nor a reload helped. */
async function expectUndisturbed(scenario: Scenario): Promise<void> {
  const { daemon } = scenario;
  await scenario.untilDelivered();
  expect(await daemon.stop()).toBe(0);
  expect(await scenario.compare()).toEqual(NOTHING_WRONG);
  expect(daemon.reloads).toEqual([]);
  expect(daemon.log.filter(({ message }) => message === "started")).toHaveLength(1);
}

describe.skipIf(!isRsyslogInstalled())("rotation (needs rsyslogd)", { concurrent: true }, () => {
  it("takes a replaced client secret with the next token", async ({ onTestFinished }) => {
    const scenario = await scene(onTestFinished, { tokenLifetimeMs: TOKEN_LIFETIME_MS });
    const { daemon, simulator } = scenario;
    daemon.configure(onlySignIns(scenario));
    await daemon.start();
    await scenario.untilDelivered();

    const clientSecret = "another-7Q~secret";
    simulator.change(scenario.tenants[0]!.tenantId, { clientSecret });
    daemon.write("secret", clientSecret);
    const before = tokens(scenario).length;
    scenario.show("signIns", every(10, 0));
    await until("two more tokens are issued", () => tokens(scenario).length >= before + 2, 60_000);

    await expectUndisturbed(scenario);
    const afterwards = tokens(scenario).slice(before);
    expect(afterwards.filter(({ status }) => status !== 200).length).toBeLessThanOrEqual(1);
    expect(afterwards.filter(({ status }) => status === 200)).not.toEqual([]);
  });

  it("asks at most once with a secret that is no longer good, and at once with the new one after a reload", async ({
    onTestFinished,
  }) => {
    const scenario = await scene(onTestFinished, { tokenLifetimeMs: TOKEN_LIFETIME_MS });
    const { daemon, simulator } = scenario;
    daemon.configure(onlySignIns(scenario));
    await daemon.start();
    await scenario.untilDelivered();

    const clientSecret = "another-7Q~secret";
    simulator.change(scenario.tenants[0]!.tenantId, { clientSecret });
    scenario.show("signIns", every(10, 0));
    await until("the old secret is refused", () => daemon.log.some(({ code }) => code === "ERF2002"), 60_000);
    daemon.write("secret", clientSecret);
    const reloaded = await daemon.reload();
    await scenario.untilDelivered();

    expect(reloaded["streamsChanged"]).toEqual([`${scenario.tenants[0]!.tenantId} signIns`]);
    expect(tokens(scenario).filter(({ status }) => status !== 200)).toHaveLength(1);
    expect(await daemon.stop()).toBe(0);
    expect(await scenario.compare()).toEqual(NOTHING_WRONG);
  });

  it("takes a tenant's replaced certificate and key with the next token", async ({ onTestFinished }) => {
    const directory = scratch(onTestFinished);
    const [first, second] = [selfSigned(directory, "first"), selfSigned(directory, "second")];
    const certificatePem = first.certificate;
    const { tenantId, clientId } = testTenant(1);
    const scenario = await scene(onTestFinished, {
      tokenLifetimeMs: TOKEN_LIFETIME_MS,
      tenants: [{ tenantId, clientId, certificatePem }],
    });
    const { daemon, simulator } = scenario;
    daemon.write("app.pem", first.certificate);
    daemon.write("app.key", first.key);
    daemon.configure(onlySignIns(scenario, { credential: { certificateFile: "app.pem", privateKeyFile: "app.key" } }));
    await daemon.start();
    await scenario.untilDelivered();

    simulator.change(tenantId, { certificatePem: second.certificate });
    daemon.write("app.pem", second.certificate);
    daemon.write("app.key", second.key);
    const before = tokens(scenario).length;
    scenario.show("signIns", every(10, 0));
    await until("two more tokens are issued", () => tokens(scenario).length >= before + 2, 60_000);

    await expectUndisturbed(scenario);
    expect(tokens(scenario).filter(({ status }) => status !== 200).length).toBeLessThanOrEqual(1);
  });

  it("takes a sink's replaced CA and client certificate with the next connection", async ({ onTestFinished }) => {
    const directory = scratch(onTestFinished);
    const scenario = await scene(onTestFinished);
    const { daemon } = scenario;
    const live = {
      caFile: join(directory, "live-ca"),
      certFile: join(directory, "live"),
      keyFile: join(directory, "key"),
    };
    const own = { caFile: "ca.pem", certFile: "own.pem", keyFile: "own.key" };
    const renew = async (name: string) => {
      const authority = await createAuthority(directory, name);
      const server = await authority.issue(`${name}-collector`, { altNames: "IP:127.0.0.1" });
      const client = await authority.issue(`${name}-forwarder`, { altNames: "DNS:forwarder" });
      copyFileSync(authority.caFile, live.caFile);
      copyFileSync(server.certFile, live.certFile);
      copyFileSync(server.keyFile, live.keyFile);
      daemon.write(own.caFile, readFileSync(authority.caFile, "utf8"));
      daemon.write(own.certFile, readFileSync(client.certFile, "utf8"));
      daemon.write(own.keyFile, readFileSync(client.keyFile, "utf8"));
    };
    await renew("first");
    const secure = await startRsyslog({ directory, tls: { ...live, driver: "ossl", authMode: "x509/certvalid" } });
    onTestFinished(() => secure.process.stop());
    const sink = { name: "secure", type: "syslog", host: "127.0.0.1", port: secure.tlsPort, tls: own };
    const config = onlySignIns(scenario);
    daemon.configure({ ...config, sinks: [...scenario.config().sinks, sink] });
    await daemon.start();
    const stored = async () => new Set((await secure.process.lines()).map(identityOf)).size;
    await until("the first twenty are there", async () => (await stored()) === 20);

    await secure.process.kill("SIGTERM");
    await renew("second");
    await secure.process.start();
    scenario.show("signIns", every(10, 0));
    await until("the others are there too", async () => (await stored()) === 30, 60_000);

    await expectUndisturbed(scenario);
    expect(await scenario.compare(await secure.process.lines())).toMatchObject({ lost: [], invented: [] });
  });
});

/** RSA, as Entra ID wants it. */
function selfSigned(directory: string, name: string): { readonly certificate: string; readonly key: string } {
  const [certFile, keyFile] = [join(directory, `${name}.pem`), join(directory, `${name}.key`)];
  const kind = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", `/CN=${name}`];
  execFileSync("openssl", [...kind, "-keyout", keyFile, "-out", certFile], { stdio: "ignore" });
  return { certificate: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8") };
}
