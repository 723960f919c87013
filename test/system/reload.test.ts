/** SIGHUP: what a changed configuration changes, what it leaves alone, and what is refused. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, type TestContext } from "vitest";
import { createAuthority, serverFiles } from "../support/certificates.ts";
import { isNoticeLine } from "../support/notice-lines.ts";
import { until } from "../support/poll.ts";
import { freePort } from "../support/ports.ts";
import { agreeable, type RelpScript, RelpServer } from "../support/relp-server.ts";
import { isRsyslogInstalled } from "../support/rsyslog.ts";
import { every, NOTHING_WRONG, Scenario, type ScenarioOptions } from "../support/scenario.ts";

type OnTestFinished = TestContext["onTestFinished"];

async function scene(onTestFinished: OnTestFinished, options: ScenarioOptions = {}): Promise<Scenario> {
  const scenario = new Scenario(options);
  onTestFinished(() => scenario.dispose());
  await scenario.start();
  return scenario;
}

interface Collector {
  readonly sink: object;
  readonly server: RelpServer;
  readonly received: () => number;
}

/** A collector of a test's own, and the sink that reaches it. */
async function collector(
  onTestFinished: OnTestFinished,
  name: string,
  script: RelpScript = agreeable,
): Promise<Collector> {
  const server = new RelpServer(script);
  onTestFinished(() => server.stop());
  const sink = { name, type: "relp", host: "127.0.0.1", port: await server.start() };
  return {
    sink,
    server,
    received: () => server.frames.filter(({ command, data }) => command === "syslog" && !isNoticeLine(data)).length,
  };
}

const withoutSweeps = (interval: string) => ({
  signIns: { every: interval, sweeps: [] },
  riskDetections: { every: interval, sweeps: [] },
  riskyUsers: { every: interval, sweeps: [] },
});

async function isReady(port: number): Promise<boolean> {
  return (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200;
}

const NOT_RELOADED = "configuration not reloaded, the one before goes on";

describe.skipIf(!isRsyslogInstalled())("a reload (needs rsyslogd)", { concurrent: true }, () => {
  it("starts a new sink at the present or at the start, keeps a removed one's place, and leaves the others alone", async ({
    onTestFinished,
  }) => {
    const scenario = await scene(onTestFinished);
    const { daemon } = scenario;
    const staying = await collector(onTestFinished, "staying");
    const fresh = await collector(onTestFinished, "fresh");
    const all = await collector(onTestFinished, "all");
    const sinks = [...scenario.config().sinks, staying.sink];
    const others = [fresh.sink, { ...all.sink, startFrom: "start" }];
    scenario.show("signIns", every(50, 60_000));
    daemon.configure(scenario.config({ sinks }));
    await daemon.start();
    await until("the first fifty are there", () => staying.received() === 50);

    daemon.configure(scenario.config({ sinks: [...sinks, ...others] }));
    const added = await daemon.reload();
    await until("the log is there from its start", () => all.received() === 50);
    scenario.show("signIns", every(10, 0));
    await until("the present is everywhere", () => [staying, all].every(({ received }) => received() === 60));
    await until("the present is in the new sink", () => fresh.received() === 10);

    daemon.configure(scenario.config({ sinks: [...sinks, all.sink] }));
    const removed = await daemon.reload();
    scenario.show("signIns", every(5, 0));
    await until("the others go on", () => [staying, all].every(({ received }) => received() === 65));
    const { stdout } = await daemon.run("status", "--config", "config.yaml");
    const whileRemoved = fresh.received();
    daemon.configure(scenario.config({ sinks: [...sinks, ...others] }));
    await daemon.reload();
    await until("the sink that is back has what it missed", () => fresh.received() === 15);

    expect(added).toMatchObject({ message: "configuration reloaded", sinksAdded: ["fresh", "all"] });
    expect(removed).toMatchObject({ message: "configuration reloaded", sinksRemoved: ["fresh"] });
    expect(added).not.toHaveProperty("streamsChanged");
    expect(stdout).toMatch(/^ {2}fresh +\w.*\n {4}not in the configuration any more: its cursor is kept$/m);
    expect(whileRemoved).toBe(10);
    expect([staying, all].map(({ server }) => server.sessions)).toEqual([1, 1]);
    await scenario.untilDelivered();
    expect(await daemon.stop()).toBe(0);
    expect(await scenario.compare()).toEqual(NOTHING_WRONG);
    expect([staying, fresh, all].map(({ received }) => received())).toEqual([65, 15, 65]);
  });

  it("with an invalid configuration changes nothing, not one byte of the state, and names every problem", async ({
    onTestFinished,
  }) => {
    const scenario = await scene(onTestFinished);
    const { daemon } = scenario;
    const config = scenario.config({ sources: withoutSweeps("24h") });
    const [tenant] = config.tenants;
    scenario.show("signIns", every(50, 60_000));
    daemon.configure(config);
    await daemon.start();
    await scenario.untilDelivered();
    const busy = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void busy.close());
    await once(busy, "listening");
    const address = busy.address();
    const port = typeof address === "object" ? address?.port : 0;
    const state = () =>
      ["state.db", "state.db-wal"].map((name) =>
        createHash("sha256")
          .update(readFileSync(join(daemon.directory, name)))
          .digest("hex"),
      );
    await until("the last batch is confirmed", async () => {
      const before = state();
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      return before.join() === state().join();
    });
    const before = state();

    const answers = [];
    for (const invalid of [
      "tenants: [",
      { ...config, sinks: [...config.sinks, { name: "new", type: "kafka" }], sink: [] },
      { ...config, tenants: [{ ...tenant, credential: { secretFile: "./nowhere" } }] },
      { ...config, store: { path: "elsewhere.db" } },
      { ...config, sinks: [{ ...config.sinks[0], name: "new" }] },
      {
        ...config,
        sinks: [{ ...config.sinks[0], name: "new", startFrom: "start" }],
        http: { listen: `127.0.0.1:${port}` },
      },
    ]) {
      daemon.configure(invalid);
      answers.push(await daemon.reload());
    }
    const after = state();

    expect(answers.map(({ level, message, code }) => ({ level, message, code }))).toEqual(
      ["ERF1001", "ERF1001", "ERF1001", "ERF1001", "ERF1006", "ERF1005"].map((code) => ({
        level: "error",
        message: NOT_RELOADED,
        code,
      })),
    );
    expect(answers[1]!["error"]).toMatch(/sink: unknown key, did you mean sinks\?/);
    expect(answers[1]!["error"]).toMatch(/sinks\[1\]\.type: found "kafka"/);
    expect(answers[3]!["error"]).toMatch(/^store\.path: state\.db is in use and cannot become elsewhere\.db .*Restart/);
    expect(after).toEqual(before);
    expect(existsSync(join(daemon.directory, "elsewhere.db"))).toBe(false);

    daemon.configure(scenario.config({ sources: withoutSweeps("10s") }));
    expect(await daemon.reload()).toMatchObject({ message: "configuration reloaded" });
    scenario.show("signIns", every(10, 0));
    await scenario.untilDelivered();
    expect(await daemon.stop()).toBe(0);
    expect(await scenario.compare()).toEqual(NOTHING_WRONG);
  });

  it("is harmless at every moment from the start to the end", async ({ onTestFinished }) => {
    const scenario = await scene(onTestFinished);
    const { daemon } = scenario;
    scenario.show("signIns", every(500, 60_000));
    daemon.configure(scenario.config());
    const starting = daemon.start();
    await until("the process listens to SIGHUP", () => daemon.catches(1));
    const hangingUp = setInterval(() => daemon.signal("SIGHUP"), 25);
    onTestFinished(() => clearInterval(hangingUp));

    await starting;
    await until("a reload is answered", () => daemon.reloads.length > 0);
    await scenario.untilDelivered();
    // Whatever it does now, it is hung up on.
    const exitCode = await daemon.stop();

    expect(exitCode).toBe(0);
    expect(new Set(daemon.reloads.map(({ message }) => message))).toEqual(new Set(["configuration unchanged"]));
    expect(daemon.log.at(-1)).toMatchObject({ message: "stopped", exitCode: 0 });
    expect(await scenario.compare()).toEqual(NOTHING_WRONG);
  });

  it("does not wait long for a removed sink whose collector answers nothing, and can be stopped meanwhile", async ({
    onTestFinished,
  }) => {
    const scenario = await scene(onTestFinished);
    const { daemon } = scenario;
    const silent = await collector(onTestFinished, "silent", (frame) =>
      frame.command === "open" ? agreeable(frame) : undefined,
    );
    const config = scenario.config();
    const withSilent = { ...config, sinks: [...config.sinks, { ...silent.sink, stallTimeout: "10m" }] };
    scenario.show("signIns", every(10, 60_000));
    daemon.configure(withSilent);
    await daemon.start();
    // What the forwarder tells about itself comes first, and is not answered for either.
    const arrived = () => silent.server.frames.filter(({ command }) => command === "syslog").length;
    await until("a batch is on its way", () => arrived() > 0);

    daemon.configure(config);
    const removed = await daemon.reload();
    const before = arrived();
    daemon.configure(withSilent);
    await daemon.reload();
    await until("it is on its way again", () => arrived() > before);
    await scenario.untilDelivered();
    daemon.configure(config);
    daemon.signal("SIGHUP");
    const exitCode = await daemon.stop();

    expect(removed).toMatchObject({ message: "configuration reloaded", sinksRemoved: ["silent"] });
    expect(exitCode).toBe(0);
    expect(await scenario.compare()).toEqual(NOTHING_WRONG);
  });

  it("moves health and metrics, and changes the log and the room, at once", async ({ onTestFinished }) => {
    const scenario = await scene(onTestFinished);
    const { daemon } = scenario;
    const [first, second] = [await freePort(), await freePort()];
    daemon.configure(scenario.config({ http: { listen: `127.0.0.1:${first}` } }));
    await daemon.start();
    expect(await isReady(first)).toBe(true);

    daemon.configure(
      scenario.config({
        http: { listen: `127.0.0.1:${second}` },
        log: { level: "info" },
        store: { path: "state.db", maxSize: "100MB" },
      }),
    );
    const answer = await daemon.reload();
    const lines = daemon.log.length;

    expect(answer).toMatchObject({
      message: "configuration reloaded",
      settings: ["store.maxSize", "http.listen", "log.level"],
    });
    expect(await isReady(second)).toBe(true);
    await expect(isReady(first)).rejects.toThrow("fetch failed");
    scenario.show("signIns", [0]);
    await scenario.untilDelivered();
    expect(daemon.log.slice(lines).filter(({ level }) => level === "debug")).toEqual([]);
    expect(await daemon.stop()).toBe(0);
  });

  it("adds, changes and removes tenants, and never exceeds Graph's budgets", async ({ onTestFinished }) => {
    const scenario = await scene(onTestFinished, { count: 2 });
    const { daemon, simulator } = scenario;
    const ages = every(4_000, 5_000);
    for (const tenant of [0, 1]) scenario.show("signIns", ages, { tenant });
    scenario.show("riskyUsers", every(20, 1_000));
    const config = () => scenario.config({ sources: withoutSweeps("10s") });
    const [first, second] = config().tenants;
    const asked = () => simulator.requests.filter(({ endpoint }) => endpoint === "graph").length;
    daemon.configure({ ...config(), tenants: [first] });
    await daemon.start();
    await until("the budget is used", () => asked() >= 5);

    daemon.configure({ ...config(), tenants: [first, second] });
    const added = await daemon.reload();
    const names = [];
    for (const name of ["a", "b", "c", "d"]) {
      daemon.configure({ ...config(), tenants: [{ ...first, name }, second] });
      const before = asked();
      names.push(await daemon.reload());
      await until("it asks again", () => asked() > before, 60_000);
    }
    await scenario.untilDelivered();
    daemon.configure({ ...config(), tenants: [second] });
    const removed = await daemon.reload();
    const { tenantId } = scenario.tenants[0]!;
    const before = simulator.requests.length;
    scenario.show("signIns", [0], { tenant: 1 });
    await scenario.untilDelivered();

    const mine = ["signIns", "riskDetections", "riskyUsers"].map((source) => `${tenantId} ${source}`);
    expect(added["streamsAdded"]).toHaveLength(3);
    expect(names.map(({ streamsChanged }) => streamsChanged)).toEqual([mine, mine, mine, mine]);
    expect(removed["streamsRemoved"]).toEqual(expect.arrayContaining(mine));
    expect(simulator.requests.slice(before).filter((request) => request.tenantId === tenantId)).toEqual([]);
    expect(simulator.violations).toEqual([]);
    expect(await daemon.stop()).toBe(0);
    expect(await scenario.compare()).toEqual(NOTHING_WRONG);
  });

  it("asks about a sink that looks renamed, and lets it take over what the former one had when told so", async ({
    onTestFinished,
  }) => {
    const scenario = await scene(onTestFinished);
    const { daemon } = scenario;
    const own = await collector(onTestFinished, "old");
    const under = (sink: object) => scenario.config({ sinks: [...scenario.config().sinks, { ...own.sink, ...sink }] });
    scenario.show("signIns", every(30, 60_000));
    daemon.configure(under({}));
    await daemon.start();
    await until("the first thirty are there", () => own.received() === 30);

    daemon.configure(under({ name: "new" }));
    const asked = await daemon.reload();
    await daemon.stop();
    const atStart = await daemon.run("run", "--config", "config.yaml");
    daemon.configure(under({}));
    await daemon.start();
    scenario.show("signIns", every(10, 0));
    await until("the former one has gone on", () => own.received() === 40);
    daemon.configure(under({ name: "new", renamedFrom: "old" }));
    const renamed = await daemon.reload();
    scenario.show("signIns", every(5, 0));
    await until("the new one goes on", () => own.received() === 45);
    daemon.configure(under({ name: "new" }));
    const afterwards = await daemon.reload();
    const { sinks } = JSON.parse((await daemon.run("status", "--config", "config.yaml", "--json")).stdout);

    const question = /sink new is new and leads to where old led.*renamedFrom: old.*startFrom: present/;
    expect(asked).toMatchObject({ level: "error", message: NOT_RELOADED, code: "ERF1006" });
    expect(asked["error"]).toMatch(question);
    expect(atStart).toMatchObject({ exitCode: 78, stderr: expect.stringMatching(question) });
    expect(renamed).toMatchObject({ message: "configuration reloaded", sinksAdded: ["new"], sinksRemoved: ["old"] });
    expect(afterwards).toMatchObject({ message: "configuration unchanged" });
    expect(sinks.map(({ name }: { name: string }) => name)).toEqual(["new", "siem"]);
    await scenario.untilDelivered();
    expect(await daemon.stop()).toBe(0);
    expect(own.received()).toBe(45);
    expect(await scenario.compare()).toEqual(NOTHING_WRONG);
  });

  it("keeps a removed sink until it is dropped by name, beside the daemon, and drops no other", async ({
    onTestFinished,
  }) => {
    const scenario = await scene(onTestFinished);
    const { daemon } = scenario;
    const own = await collector(onTestFinished, "old");
    const config = scenario.config();
    const drop = (name: string) => daemon.run("sinks", "drop", name, "--config", "config.yaml");
    scenario.show("signIns", every(10, 60_000));
    daemon.configure({ ...config, sinks: [...config.sinks, own.sink] });
    await daemon.start();
    await until("it has a place", () => own.received() === 10);

    const configured = await drop("old");
    daemon.configure({ ...config, sinks: [...config.sinks, { ...own.sink, name: "new", renamedFrom: "old" }] });
    const awaited = await drop("old");
    daemon.configure(config);
    await daemon.reload();
    const unknown = await drop("odl");
    const dropped = await drop("old");
    const again = await drop("old");
    scenario.show("signIns", every(10, 0));
    await scenario.untilDelivered();
    const { stdout } = await daemon.run("status", "--config", "config.yaml");

    expect(configured).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^ERF5008 sink old is configured: remove it from config\.yaml first/),
    });
    expect(awaited).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^ERF5008 sink new takes over what old has: reload the daemon$/m),
    });
    expect(unknown).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^ERF5008 the state knows no sink odl; it knows old, siem$/m),
    });
    expect(dropped).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^old: dropped, /) });
    expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("no sink old; it knows siem") });
    expect(stdout).not.toMatch(/\bold\b/);
    expect(await daemon.stop()).toBe(0);
    expect(await scenario.compare()).toEqual(NOTHING_WRONG);
  });

  it("survives a sink that is dropped before the daemon knows of its removal", async ({ onTestFinished }) => {
    const scenario = await scene(onTestFinished);
    const { daemon } = scenario;
    const own = await collector(onTestFinished, "old");
    const config = scenario.config();
    scenario.show("signIns", every(20, 60_000));
    daemon.configure({ ...config, sinks: [...config.sinks, { ...own.sink, maxPerSecond: 1 }] });
    await daemon.start();
    await until("it has a place", () => own.received() === 20);

    await daemon.run("replay", "--sink", "old", "--since", "1h", "--config", "config.yaml");
    await until("a replay is on its way", () => own.received() > 20);
    daemon.configure(config);
    const { exitCode } = await daemon.run("sinks", "drop", "old", "--config", "config.yaml");
    scenario.show("signIns", every(10, 0));
    await until("the daemon tells", () => daemon.log.some(({ code }) => code === "ERF5009"));
    const removed = await daemon.reload();
    await scenario.untilDelivered();

    expect(exitCode).toBe(0);
    expect(daemon.log.some(({ message }) => message === "replay finished")).toBe(false);
    expect(removed).toMatchObject({ sinksRemoved: ["old"] });
    expect(await daemon.stop()).toBe(0);
    expect(await scenario.compare()).toEqual(NOTHING_WRONG);
  });

  it("picks up another client ID and a replaced CA of the endpoints", async ({ onTestFinished }) => {
    const directory = mkdtempSync(join(tmpdir(), "reload-"));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const authority = await createAuthority(directory, "ca");
    const stranger = await createAuthority(directory, "other");
    const { cert, key } = serverFiles(await authority.issue("graph", { altNames: "IP:127.0.0.1" }));
    const scenario = await scene(onTestFinished, { tls: { cert: cert.toString(), key: key.toString() } });
    const { daemon, simulator } = scenario;
    const caFile = daemon.write("ca.pem", readFileSync(stranger.caFile, "utf8"));
    const config = scenario.config();
    const tenants = config.tenants.map((tenant) => withCa(tenant, caFile));
    scenario.show("signIns", every(10, 60_000));
    daemon.configure({ ...config, tenants });
    await daemon.start();
    await until("the certificate is refused", () => daemon.log.some(({ code }) => code === "ERF2001"));

    writeFileSync(caFile, readFileSync(authority.caFile));
    const renewed = await daemon.reload();
    await scenario.untilDelivered();
    const clientId = "2f9c1d0e-0000-4000-8000-999999999999";
    simulator.change(scenario.tenants[0]!.tenantId, { clientId });
    daemon.configure({ ...config, tenants: tenants.map((tenant) => ({ ...tenant, clientId })) });
    await daemon.reload();
    scenario.show("signIns", every(10, 0));
    await scenario.untilDelivered();

    expect(renewed["streamsChanged"]).toHaveLength(3);
    expect(simulator.requests.filter(({ appId, status }) => appId === clientId && status === 200)).not.toEqual([]);
    expect(await daemon.stop()).toBe(0);
    expect(await scenario.compare()).toEqual(NOTHING_WRONG);
  });
});

function withCa(tenant: object & { readonly endpoints?: object }, caFile: string): object {
  return { ...tenant, endpoints: { ...tenant.endpoints, caFile } };
}
