/**
 * The service under a real systemd: the packed product, installed as the README says, between a simulated Graph and a
 * real collector. The simulator's ledger is held against what the collector stored, whatever is done to the service.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { canBoot, Guest, type JournalEntry } from "../support/guest.ts";
import { until } from "../support/poll.ts";
import { isRsyslogInstalled } from "../support/rsyslog.ts";
import { every, Scenario, SECRET } from "../support/scenario.ts";

const ROOT = join(import.meta.dirname, "../..");
const UNIT = "entra-risk-forwarder";
const ETC = "/etc/entra-risk-forwarder";
/** Fast enough for a test: a step may be overdue for half of it, and systemd acts after the whole of it. */
const WATCHDOG_S = 20;
/** Both, with room for a busy machine. */
const LONGER_THAN_WATCHDOG_MS = 40_000;
const PRIORITIES: Readonly<Record<string, number>> = { error: 3, warn: 4, info: 6, debug: 7 };
/** An instance for each thing that hangs, and one that does not: instance names, and what its log then names. */
const HANGS = [
  { instance: "sink", loop: "sink siem" },
  { instance: "stream", loop: "stream signIns of tenant" },
  { instance: "housekeeping", loop: "housekeeping" },
  { instance: "schedule", loop: "schedule" },
  { instance: "event loop" },
] as const;

/** What systemd-escape makes of an instance's name. */
function instanceOf(name: string): string {
  return name.replaceAll(" ", "-");
}

function unitOf(name: string): string {
  return `${UNIT}@${instanceOf(name)}`;
}

const canRun = canBoot() && isRsyslogInstalled();
if (!canRun) process.stderr.write("no systemd-nspawn and debootstrap, or not root: the service is not tested\n");

const guest = new Guest();
/** Tenant 0 is the service's own, the others are those of the instances. */
const scenario = new Scenario({ count: 1 + HANGS.length });
const readme = readFileSync(join(ROOT, "README.md"), "utf8");
const enough = new AbortController();
let forwarding: Promise<void> = Promise.resolve();

beforeAll(async () => {
  if (!canRun) return;
  await Promise.all([scenario.start(), guest.boot()]);
  pack();
  forwarding = keepForwarding();
}, 900_000);

afterAll(async () => {
  enough.abort();
  await forwarding;
  await guest.dispose();
  await scenario.dispose();
}, 120_000);

/** Puts the package into the guest, as an operator would copy it to a host. */
function pack(): void {
  const directory = mkdtempSync(join(tmpdir(), "package-"));
  const packed = spawnSync("npm", ["pack", "--silent", "--pack-destination", directory], { cwd: ROOT });
  const name = packed.stdout.toString().trim();
  guest.copy(join(directory, name), `/root/${name}`);
  rmSync(directory, { recursive: true });
}

/** Events become visible all the while, in the collections of all tenants. */
async function keepForwarding(): Promise<void> {
  while (!enough.signal.aborted) {
    for (const tenant of scenario.tenants.keys()) scenario.show("signIns", [0], { tenant });
    await sleep(1_000);
  }
}

/** The configuration of one tenant. */
function configOf(tenant: number, changes: object = {}): object {
  const config = scenario.config();
  return {
    ...config,
    tenants: [{ ...config.tenants[tenant], sources: ["signIns"], credential: { secretCredential: "client-secret" } }],
    store: { path: `/var/lib/${UNIT}${tenant === 0 ? "" : `-${instanceOf(HANGS[tenant - 1]!.instance)}`}/state.db` },
    ...changes,
  };
}

function configure(changes: object = {}): void {
  guest.write(`${ETC}/config.yaml`, stringify(configOf(0, changes)));
}

/** One of the README's commands, which the test runs as it stands there. */
function asInReadme(command: string): string {
  expect(readme).toContain(command);
  return command;
}

interface Told {
  readonly level: string;
  readonly message: string;
  readonly [key: string]: unknown;
}

/** What the service has logged, each with the priority that the journal gave it. */
async function toldBy(unit: string): Promise<(Told & { readonly priority: number; readonly pid: number })[]> {
  const own = (await guest.journal(unit)).filter(({ message }) => message.startsWith("{"));
  return own.map(({ priority, message, pid }: JournalEntry) => {
    const told: Told = JSON.parse(message);
    return { ...told, priority, pid };
  });
}

async function tells(unit: string, message: string): Promise<boolean> {
  return (await toldBy(unit)).some((told) => told.message === message);
}

async function isActive(unit: string): Promise<string> {
  return (await guest.run(`systemctl is-active ${unit}`)).stdout.trim();
}

async function accepted(): Promise<number> {
  const text = await guest.must(`entra-risk-forwarder status --json --config ${ETC}/config.yaml || true`);
  const { sinks }: { sinks: { books: { accepted: number } }[] } = JSON.parse(text);
  return sinks[0]?.books.accepted ?? 0;
}

describe.skipIf(!canRun)(
  "the service (needs root, systemd-nspawn, debootstrap and rsyslogd)",
  { timeout: 400_000 },
  () => {
    it("is installed by the README's commands, and both units verify", async () => {
      await guest.must(asInReadme("install -d -m 0755 /etc/entra-risk-forwarder"));
      guest.write(`${ETC}/client-secret`, `${SECRET}\n`, 0o600);
      await guest.must(asInReadme("tar xzf entra-risk-forwarder-1.0.0.tgz && sh package/systemd/install.sh"));

      expect(guest.exists(`${ETC}/config.yaml`)).toBe(true);
      for (const name of ["proxy.conf", "ip-allow-list.conf"]) {
        guest.copy(join(ROOT, "systemd", name), `/etc/systemd/system/${UNIT}.service.d/${name}`);
      }
      expect(await guest.must(`systemd-analyze verify ${UNIT}.service ${UNIT}@one.service 2>&1`)).toBe("");
      for (const unit of [UNIT, `${UNIT}@`]) {
        const file = `/etc/systemd/system/${unit}.service`;
        await guest.must(`systemd-analyze security --offline=true --threshold=15 ${file}`);
      }
      await guest.must(`rm -r /etc/systemd/system/${UNIT}.service.d`);
      configure();
      const check = asInReadme(
        "CREDENTIALS_DIRECTORY=/etc/entra-risk-forwarder entra-risk-forwarder check --config /etc/entra-risk-forwarder/config.yaml",
      );
      expect(await guest.must(check)).toMatch(/^passed +sink siem: test record/m);
    });

    it("is active only when it is ready, and says what it does", async () => {
      for (const name of ["hangs.ts", "wrapping.ts"])
        guest.copy(join(ROOT, "test/faults", name), `/opt/faults/${name}`);
      const dropIn = [
        "[Service]",
        `WatchdogSec=${WATCHDOG_S}`,
        "RestartSec=1",
        "Environment=NODE_OPTIONS=--import=/opt/faults/hangs.ts HANGS=/opt/faults",
      ].join("\n");
      for (const unit of [UNIT, `${UNIT}@`]) guest.write(`/etc/systemd/system/${unit}.service.d/test.conf`, dropIn);
      guest.write("/opt/faults/start", "");
      await guest.must("systemctl daemon-reload && systemctl start --no-block entra-risk-forwarder");
      await until("the state is open", async () => guest.exists("/var/lib/private/entra-risk-forwarder/state.db"));

      await sleep(2_000);
      expect(await isActive(UNIT)).toBe("activating");
      expect(await tells(UNIT, "started")).toBe(false);
      guest.remove("/opt/faults/start");
      await until("it is active", async () => (await isActive(UNIT)) === "active");

      expect(await tells(UNIT, "started")).toBe(true);
      expect(await guest.property(UNIT, "StatusText")).toMatch(/^streams: 1 \w+; sinks: 1 \w+$/);
    });

    it("has its secret from systemd alone, and runs as nobody that matters", async () => {
      const pid = await guest.property(UNIT, "MainPID");

      expect(await guest.must(`stat -c %u /proc/${pid}`)).not.toBe("0");
      expect(await guest.must(`stat -c %a ${ETC}/client-secret`)).toBe("600");
      await until("something is forwarded", async () => (await scenario.rsyslog.process.lines()).length > 0);
      expect(JSON.stringify(await guest.journal(UNIT))).not.toContain(SECRET);
    });

    it("reloads its configuration, and is ready again after it", async () => {
      const pid = await guest.property(UNIT, "MainPID");
      const states = new Set<string>();
      // A collector that answers nobody: the sink that changes gets three seconds to confirm what it has sent.
      const before = await accepted();
      scenario.rsyslog.process.signal("SIGSTOP");
      scenario.show("signIns", every(20, 0));
      await until("something is on its way to it", async () => (await accepted()) > before);
      await sleep(1_000);
      configure({
        log: { level: "info" },
        sinks: scenario.config().sinks.map((sink) => ({ ...sink, maxPerSecond: 500 })),
      });
      await guest.must(asInReadme("systemctl reload entra-risk-forwarder"));

      await until("it has reloaded", async () => {
        states.add(await isActive(UNIT));
        return tells(UNIT, "configuration reloaded");
      });
      scenario.rsyslog.process.signal("SIGCONT");
      await until("it is ready again", async () => (await isActive(UNIT)) === "active");

      expect([...states]).toContain("reloading");
      expect(await guest.property(UNIT, "MainPID")).toBe(pid);
      expect(await guest.property(UNIT, "StatusText")).toMatch(/^streams:/);
    });

    it("runs in instances beside it, each with its own configuration, secret and state", async () => {
      for (const [index, { instance }] of HANGS.entries()) {
        guest.write(`${ETC}/${instanceOf(instance)}/config.yaml`, stringify(configOf(index + 1)));
        guest.write(`${ETC}/${instanceOf(instance)}/client-secret`, `${SECRET}\n`, 0o600);
      }
      await guest.must(`systemctl start ${HANGS.map(({ instance }) => unitOf(instance)).join(" ")}`);

      for (const { instance } of HANGS) {
        expect(guest.exists(`/var/lib/private/${UNIT}-${instanceOf(instance)}/state.db`)).toBe(true);
      }
    });

    it("is not restarted while the collector is down and Graph throttles, nor are its instances", async () => {
      const tenantId = scenario.tenants[0]!.tenantId;
      await scenario.rsyslog.process.kill("SIGKILL");
      const told = () => guest.property(UNIT, "StatusText");
      await until("the sink waits", async () => (await told()).endsWith("sinks: 1 waiting"));
      const fault = scenario.simulator.fault({ kind: "throttle", retryAfter: "3600", tenantId, times: 1 });
      await until("Graph has throttled it", () => fault.fired === 1);
      await sleep(LONGER_THAN_WATCHDOG_MS);

      expect(await guest.property(UNIT, "NRestarts")).toBe("0");
      expect(await isActive(UNIT)).toBe("active");
      // Where it was a re-read that Graph told to wait, the head behind it has not failed.
      expect(await guest.property(UNIT, "StatusText")).toMatch(/^streams: 1 (?:waiting|working); sinks: 1 waiting$/);
      for (const unit of [UNIT, ...HANGS.map(({ instance }) => unitOf(instance))]) {
        expect(await tells(unit, "a loop makes no progress")).toBe(false);
      }
      await scenario.rsyslog.process.start();
    });

    it("keeps its state over a restart", async () => {
      const before = await accepted();
      await guest.must("systemctl restart entra-risk-forwarder");

      expect(await accepted()).toBeGreaterThanOrEqual(before);
      expect(await guest.property(UNIT, "NRestarts")).toBe("0");
    });

    it("is named and restarted where a loop hangs, and nowhere else", async () => {
      const restarts = async (name: string) => Number(await guest.property(unitOf(name), "NRestarts"));
      for (const { instance } of HANGS) {
        expect(await restarts(instance)).toBe(0);
        guest.write(`/opt/faults/${await guest.property(unitOf(instance), "MainPID")}`, instance);
      }

      for (const { instance } of HANGS) {
        await until(`${instance} is restarted`, async () => (await restarts(instance)) > 0, 180_000);
        await until(`${instance} runs again`, async () => (await isActive(unitOf(instance))) === "active", 180_000);
      }

      for (const hang of HANGS) {
        const unit = unitOf(hang.instance);
        const texts = (await guest.journal(unit)).map(({ message }) => message).join("\n");
        expect(texts).toContain("Watchdog timeout");
        const errors = (await toldBy(unit)).filter(({ code }) => code === "ERF6001");
        if ("loop" in hang) expect(errors[0]).toMatchObject({ priority: 3, loop: expect.stringContaining(hang.loop) });
        else expect(errors).toEqual([]);
      }
      expect(await guest.property(UNIT, "NRestarts")).toBe("0");
    });

    it("is replaced by a newer version with its own command, and keeps its configuration", async () => {
      const pid = await guest.property(UNIT, "MainPID");
      const config = await guest.must(`cat ${ETC}/config.yaml`);
      await guest.must("tar xzf entra-risk-forwarder-1.0.0.tgz && sh package/systemd/install.sh");

      expect(await guest.property(UNIT, "MainPID")).not.toBe(pid);
      expect(await isActive(UNIT)).toBe("active");
      expect(await guest.must(`cat ${ETC}/config.yaml`)).toBe(config);
    });

    it("has lost nothing in all of this", async () => {
      enough.abort();
      await forwarding;

      await scenario.untilDelivered(300_000);

      const { lost, invented } = await scenario.compare();
      expect({ lost, invented }).toEqual({ lost: [], invented: [] });
      expect(scenario.simulator.ledger.length).toBeGreaterThan(100);
    });

    it("gives every line the priority of its level", async () => {
      const told = (await Promise.all([UNIT, ...HANGS.map(({ instance }) => unitOf(instance))].map(toldBy))).flat();

      expect(new Set(told.map(({ level }) => level))).toEqual(new Set(Object.keys(PRIORITIES)));
      expect(told.filter(({ level, priority }) => PRIORITIES[level] !== priority)).toEqual([]);
    });

    it("stops within its limit, cleanly", async () => {
      await guest.must("systemctl stop entra-risk-forwarder");

      expect(await tells(UNIT, "stopped")).toBe(true);
      expect(await guest.property(UNIT, "Result")).toBe("success");
      expect(await guest.property(UNIT, "ExecMainStatus")).toBe("0");
    });

    it("is not restarted with a configuration that cannot be used, and says so as an error", async () => {
      guest.write(`${ETC}/config.yaml`, "tenants: 7\n");

      expect((await guest.run("systemctl start entra-risk-forwarder")).exitCode).not.toBe(0);

      await sleep(5_000);
      expect(await guest.property(UNIT, "ExecMainStatus")).toBe("78");
      expect(await guest.property(UNIT, "NRestarts")).toBe("0");
      expect(await isActive(UNIT)).toBe("failed");
      const entries = await guest.journal(UNIT);
      expect(entries).toContainEqual(
        expect.objectContaining({ priority: 3, message: expect.stringContaining("ERF1001") }),
      );
    });

    it("is removed by the README's commands, and nothing of it stays", async () => {
      await guest.must(`systemctl stop ${HANGS.map(({ instance }) => unitOf(instance)).join(" ")}`);
      for (const command of [
        "systemctl disable --now entra-risk-forwarder",
        "rm -r /opt/entra-risk-forwarder /usr/local/bin/entra-risk-forwarder /etc/systemd/system/entra-risk-forwarder*.service*",
        "rm -r /etc/entra-risk-forwarder /var/lib/entra-risk-forwarder /var/lib/private/entra-risk-forwarder",
      ]) {
        await guest.must(asInReadme(command));
      }

      const found = await guest.must(
        `find / -xdev -name '${UNIT}*' ! -path '/root/*' ! -path '/proc/*' ! -name '${UNIT}-*'`,
      );
      expect(found).toBe("");
    });
  },
);
