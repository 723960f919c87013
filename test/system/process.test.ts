/** The program as an operator meets it: start, stop, wrong configurations, damaged state, an old Node.js. */

import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { stringify } from "yaml";
import { until } from "../support/poll.ts";
import { isRsyslogInstalled } from "../support/rsyslog.ts";
import { RunningDemo } from "../support/running-demo.ts";
import { Scenario } from "../support/scenario.ts";

const CONTOSO = "5611623b-9128-461e-9d7f-a0d9c270ead2";
const PROGRAM = join(import.meta.dirname, "../../dist/main.js");

describe.skipIf(!isRsyslogInstalled())("the program (needs rsyslogd)", () => {
  let scenario: Scenario;

  beforeEach(async () => {
    scenario = new Scenario();
    await scenario.start();
  });

  afterEach(() => scenario.dispose());

  it.each(["SIGTERM", "SIGINT"] as const)("drains and exits 0 on %s", async (signal) => {
    scenario.daemon.configure(scenario.config());
    await scenario.daemon.start();

    expect(await scenario.daemon.stop(signal)).toBe(0);
    expect(scenario.daemon.log.at(-1)).toMatchObject({ message: "stopped", exitCode: 0 });
  });

  it("starts and stops while Graph and the collector are down", async () => {
    const config = scenario.config();
    await scenario.simulator.stop();
    await scenario.rsyslog.process.stop();
    scenario.daemon.configure(config);

    await scenario.daemon.start();

    expect(await scenario.daemon.stop()).toBe(0);
  });

  it("refuses a second instance on the same state within a second and leaves the first alone", async () => {
    scenario.daemon.configure(scenario.config());
    await scenario.daemon.start();

    const second = await scenario.daemon.run("run", "--config", "config.yaml");

    expect(second).toMatchObject({ exitCode: 65, stderr: expect.stringContaining("ERF5003") });
    expect(await scenario.daemon.stop()).toBe(0);
  });

  it("refuses a damaged state with the way out and does not touch it", async () => {
    const state = scenario.daemon.write("state.db", "damaged".repeat(10_000));
    scenario.daemon.configure(scenario.config());

    const { exitCode, stderr } = await scenario.daemon.run("run", "--config", "config.yaml");

    expect(exitCode).toBe(65);
    expect(stderr).toMatch(/^ERF5001 .*Restore a backup/);
    expect(existsSync(`${state}-wal`)).toBe(false);
  });

  it("refuses a busy port for metrics with one sentence", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    scenario.daemon.configure(scenario.config({ http: { listen: `127.0.0.1:${port}` } }));

    const { exitCode, stderr } = await scenario.daemon.run("run", "--config", "config.yaml");

    server.close();
    expect(exitCode).toBe(78);
    expect(stderr).toMatch(/^ERF1005 .*http\.listen/);
  });

  it("says in one sentence that Node.js is too old", () => {
    const older = "data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.19.0'})";

    const { status, stderr } = spawnSync(process.execPath, ["--import", older, PROGRAM, "status"], {
      encoding: "utf8",
    });

    expect(status).toBe(78);
    expect(stderr).toBe(
      "ERF1004 entra-risk-forwarder needs Node.js 24.5 or newer, and this is 20.19.0: install Node.js 24 LTS.\n",
    );
  });

  it("writes neither secret nor token anywhere, whatever goes wrong", async () => {
    const { daemon, simulator } = scenario;
    simulator.fault({ endpoint: "token", kind: "aadsts", number: 7000215, times: 1 });
    simulator.fault({ kind: "token-refused", times: 3 });
    simulator.fault({ kind: "server-error", status: 500, body: "json", times: 3 });
    simulator.fault({ kind: "permission-missing", source: "riskyUsers" });
    scenario.show("signIns", [0, 1, 2]);
    daemon.configure(scenario.config());
    await daemon.run("check", "--config", "config.yaml");
    await daemon.start();
    await scenario.untilDelivered(150_000);
    await daemon.run("status", "--config", "config.yaml", "--json");
    await daemon.run("config", "show", "--config", "config.yaml");
    await daemon.stop("SIGABRT");

    expect(daemon.everything).toContain("started");
    expect(daemon.everything).not.toContain("canary");
    expect(daemon.everything).not.toMatch(/eyJ[A-Za-z0-9_-]{10}|Bearer/);
  });
});

describe.skipIf(!isRsyslogInstalled())("status (needs rsyslogd)", () => {
  it("counts what is configured alone, and needs neither secrets nor certificates", async () => {
    const scenario = new Scenario();
    onTestFinished(() => scenario.dispose());
    await scenario.start();
    const { daemon } = scenario;
    const status = () => daemon.run("status", "--config", "config.yaml");
    scenario.simulator.fault({ endpoint: "token", kind: "aadsts", number: 7000215 });
    const config = scenario.config();
    daemon.configure(config);
    await daemon.start();
    await until("the tenant is blocked", async () => (await status()).exitCode === 1);

    const credential = { secretFile: "nowhere" };
    const other = { name: "other", tenantId: CONTOSO, clientId: CONTOSO, credential };
    daemon.configure({ ...config, tenants: [other] });
    const { exitCode, stdout } = await status();
    const shown = await daemon.run("config", "show", "--config", "config.yaml");

    expect(stdout).toMatch(/^ {2}7c1f4f0e-\S+\n {4}signIns +blocked .*\n {6}not in the configuration any more/m);
    expect(stdout).toMatch(
      /^ {2}siem +(?:not tried yet|working) .*\n {4}syslog tcp to 127\.0\.0\.1 port \d+, guarantee: confirmed-late$/m,
    );
    // The blocked tenant is none of them; the one that the daemon has not begun is.
    expect(stdout).toMatch(
      /Not all is arriving: 1 thing needs a person\n[^]*\bother signIns \+ riskDetections \+ riskyUsers\b/,
    );
    expect(exitCode).toBe(1);
    expect(shown).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("secretFile: nowhere") });
  });

  it("tells whether the daemon runs, and fails when it does not, be it stopped or killed", async () => {
    const scenario = new Scenario();
    onTestFinished(() => scenario.dispose());
    await scenario.start();
    const { daemon } = scenario;
    const json = async () => JSON.parse((await daemon.run("status", "--config", "config.yaml", "--json")).stdout);
    daemon.configure(scenario.config());

    const before = await daemon.run("status", "--config", "config.yaml");
    await daemon.start();
    const during = await daemon.run("status", "--config", "config.yaml");
    const sinks = (await json()).sinks;
    await daemon.stop("SIGKILL");
    const killed = await json();
    await daemon.start();
    const again = await json();
    await daemon.stop();
    const stopped = await daemon.run("status", "--config", "config.yaml");

    expect(before).toMatchObject({ exitCode: 65, stderr: expect.stringMatching(/^ERF5004 no state file at .* yet: /) });
    expect(during).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^daemon: running, as of /m) });
    expect(sinks).toMatchObject([{ name: "siem", transport: "syslog tcp", guarantee: "confirmed-late" }]);
    expect([killed.running, again.running]).toEqual([false, true]);
    expect(stopped.stdout).toMatch(/^Nothing is arriving: .*\ndaemon: NOT running, last sign of life \d+ s ago\n/);
    expect(stopped.exitCode).toBe(1);
  });
});

function run(...argv: readonly string[]) {
  return spawnSync(process.execPath, [PROGRAM, ...argv], { encoding: "utf8" });
}

describe("the command line", () => {
  const backwards = ["audit", "--since", "1h", "--until", "2h", "--config", "config.yaml"];
  const endless = ["backfill", "--since", "999999999d", "--config", "config.yaml"];
  it.each([[], ["status"], ["statu"], ["run", "--config"], ["config"], ["demo", "--fast"], backwards, endless])(
    "exits 64 and shows the usage for %j",
    (...argv) => {
      expect(run(...argv)).toMatchObject({ status: 64, stdout: "", stderr: expect.stringContaining("Usage: ") });
    },
  );

  it.each([["--help"], ["help"], ["status", "--help"], ["--version"]])("exits 0 for %j", (...argv) => {
    expect(run(...argv)).toMatchObject({ status: 0, stdout: expect.stringMatching(/./), stderr: "" });
  });
});

describe("the demo, interrupted", () => {
  it("waits for what is on its way and ends with the ledger, the JSON alone on standard output", async () => {
    const demo = new RunningDemo();
    await demo.untilDelivering();

    demo.child.kill("SIGINT");

    expect(await demo.exitCode()).toBe(0);
    expect(JSON.parse(demo.stdout)).toMatchObject({ lost: 0, duplicated: 0 });
    expect(demo.leftovers()).toEqual({ files: [], processes: [] });
  });

  it("begins its story when the past has arrived, however slow the daemon is", async () => {
    const demo = new RunningDemo();
    await demo.delayDaemon(7);
    await demo.untilTold("shows up only now");

    demo.child.kill("SIGINT");

    expect(await demo.exitCode()).toBe(0);
    expect(demo.placeOf("the past has arrived")).toBeLessThan(demo.placeOf("shows up only now"));
    expect(JSON.parse(demo.stdout)).toMatchObject({ lost: 0, duplicated: 0 });
  });

  it("lets the collector die only when late and changed records have arrived, and brings it back for the rest", async () => {
    const demo = new RunningDemo();
    await demo.untilTold("(collector down)");

    demo.child.kill("SIGINT");

    expect(await demo.exitCode()).toBe(0);
    const told = [
      "both changes have arrived",
      "the collector dies",
      "interrupted: nothing new",
      "the collector is back",
    ];
    const places = told.map((text) => demo.placeOf(text));
    expect(places).toEqual(places.filter((place) => place >= 0).toSorted((one, other) => one - other));
    expect(JSON.parse(demo.stdout)).toMatchObject({ lost: 0, duplicated: 0, late: 1, revised: 2 });
  });

  it("ends at once when it is interrupted again, and leaves nothing behind", async () => {
    const demo = new RunningDemo();
    await demo.untilDelivering();

    await until("it has ended", () => !demo.child.kill("SIGINT"));

    expect(await demo.exitCode()).toBe(130);
    expect(demo.stdout).toBe("");
    await until("the daemon is gone", () => demo.leftovers().processes.length === 0);
    expect(demo.leftovers().files).toEqual([]);
  });
});

describe("a wrong configuration", () => {
  const scenario = new Scenario();
  const good = () => {
    scenario.daemon.write("secret", "s");
    return {
      tenants: [
        {
          name: "contoso",
          tenantId: CONTOSO,
          clientId: "2f9c1d0e-0000-4000-8000-000000000001",
          credential: { secretFile: "secret" },
        },
      ],
      sinks: [{ name: "siem", type: "syslog", transport: "tcp", host: "127.0.0.1", port: 514 }],
      store: { path: "state.db" },
    };
  };
  const withTenant = (changes: object) => ({ ...good(), tenants: [{ ...good().tenants[0], ...changes }] });
  const withSink = (changes: object) => ({ ...good(), sinks: [{ ...good().sinks[0], ...changes }] });

  it.each([
    ["an unknown key", () => ({ ...good(), sink: [] }), "sink: unknown key, did you mean sinks?"],
    [
      "an unknown key inside",
      () => withTenant({ tenantID: "x" }),
      "tenants[0].tenantID: unknown key, did you mean tenantId?",
    ],
    ["a wrong type", () => withSink({ port: "many" }), 'sinks[0].port: found "many", expected a port from 1 to 65535'],
    ["a missing key", () => ({ ...good(), tenants: undefined }), "tenants: found nothing, expected"],
    [
      "a wrong GUID",
      () => withTenant({ tenantId: "contoso" }),
      'tenants[0].tenantId: found "contoso", expected the tenant\'s ID, a GUID',
    ],
    [
      "an unknown cloud",
      () => withTenant({ cloud: "mars" }),
      'tenants[0].cloud: found "mars", expected one of global, usGov, usGovDoD, china',
    ],
    [
      "a missing secret file",
      () => withTenant({ credential: { secretFile: "./nowhere" } }),
      "tenants[0].credential.secretFile: found ./nowhere, expected a readable file",
    ],
    [
      "a missing variable",
      () => withTenant({ credential: { secretEnv: "NOT_SET" } }),
      "the environment variable NOT_SET is not set",
    ],
    [
      "a missing systemd credential",
      () => withTenant({ credential: { secretCredential: "x" } }),
      "not started by systemd",
    ],
    [
      "two credentials",
      () => withTenant({ credential: { secretFile: "secret", secretEnv: "PATH" } }),
      "tenants[0].credential: expected exactly one of",
    ],
    [
      "a certificate that is none",
      () => withTenant({ credential: { certificateFile: "secret", privateKeyFile: "secret" } }),
      "tenants[0].credential.certificateFile: found secret, expected a readable file in PEM",
    ],
    [
      "a tenant twice",
      () => ({ ...good(), tenants: [...good().tenants, { ...good().tenants[0], name: "b" }] }),
      "tenants[1].tenantId: found",
    ],
    [
      "a sink name twice",
      () => ({ ...good(), sinks: [...good().sinks, ...good().sinks] }),
      'sinks[1].name: found "siem", expected a name that no other sink has',
    ],
    [
      "a sink for an unknown tenant",
      () => withSink({ tenants: ["fabrikam"] }),
      'sinks[0].tenants[0]: found "fabrikam", expected the name of a configured tenant (contoso)',
    ],
    [
      "an interval out of range",
      () => ({ ...good(), sources: { signIns: { every: "5s" } } }),
      'sources.signIns.every: found "5s", expected a duration from 10s to 24h',
    ],
    [
      "an interval without a unit",
      () => ({ ...good(), sources: { signIns: { every: 60 } } }),
      "sources.signIns.every: found 60, expected a duration",
    ],
    [
      "an unknown sink type",
      () => withSink({ type: "kafka" }),
      'sinks[0].type: found "kafka", expected one of syslog, relp',
    ],
    ["no sink", () => ({ ...good(), sinks: [] }), "sinks: found an empty list, expected at least one sink"],
  ])("%s is named with its place, value and expectation", async (_name, config, expected) => {
    scenario.daemon.configure(stringify(config()));

    const { exitCode, stderr } = await scenario.daemon.run("run", "--config", "config.yaml");

    expect(stderr).toContain(expected);
    expect(stderr).toMatch(/^ERF1001 config\.yaml:?\d*/);
    expect(exitCode).toBe(78);
    expect(existsSync(join(scenario.daemon.directory, "state.db"))).toBe(false);
  });

  it("that is no YAML is named with line and column", async () => {
    writeFileSync(join(scenario.daemon.directory, "config.yaml"), "tenants:\n  - name: a\n   bad: [\n");

    const { exitCode, stderr } = await scenario.daemon.run("run", "--config", "config.yaml");

    expect(stderr).toMatch(/^ERF1001 config\.yaml:3:\d+: not valid YAML/);
    expect(exitCode).toBe(78);
  });

  it("that is not there is named", async () => {
    const { exitCode, stderr } = await scenario.daemon.run("run", "--config", "elsewhere.yaml");

    expect(stderr).toMatch(/^ERF1002 cannot read the configuration: .*elsewhere\.yaml/);
    expect(exitCode).toBe(78);
  });
});
