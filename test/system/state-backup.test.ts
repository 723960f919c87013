/** `state backup` beside the running daemon, and a restore on another host. */
import { cpSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Installation } from "../support/daemon.ts";
import { until } from "../support/poll.ts";
import { isRsyslogInstalled } from "../support/rsyslog.ts";
import { every, identityOf, NOTHING_WRONG, play, type Scenario } from "../support/scenario.ts";
import { mountSmallDisk, unmountSmallDisk } from "../support/small-disk.ts";
import { examineState } from "../support/state-invariants.ts";

const BACKUPS = 8;

function backUp({ daemon }: Scenario, target: string) {
  return daemon.run("state", "backup", target, "--config", "config.yaml");
}

/** Another host with the same configuration and secret, and a backup for its state. */
function hostOf({ daemon }: Scenario, backup: string): Installation {
  const other = new Installation();
  for (const name of ["config.yaml", "secret"]) cpSync(join(daemon.directory, name), join(other.directory, name));
  cpSync(backup, join(other.directory, "state.db"));
  return other;
}

/** How often each identity is among the lines. */
function countsOf(lines: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) {
    const identity = identityOf(line);
    counts.set(identity, (counts.get(identity) ?? 0) + 1);
  }
  return counts;
}

describe.skipIf(!isRsyslogInstalled())("state backup (needs rsyslogd)", { concurrent: true, timeout: 400_000 }, () => {
  it("again and again under load disturbs nothing and is always whole", () =>
    play({ count: 4 }, async (scenario) => {
      const { daemon } = scenario;
      daemon.configure(scenario.config({ log: { level: "info" } }));
      for (let tenant = 0; tenant < 4; tenant += 1) scenario.show("signIns", every(2_000, 10_000), { tenant });
      await daemon.start();

      const held: number[] = [];
      for (let number = 0; number < BACKUPS; number += 1) {
        for (let tenant = 0; tenant < 4; tenant += 1) scenario.show("riskDetections", every(20, 0), { tenant });
        const target = join(scenario.directory, `backup-${number}.db`);
        const { exitCode, stdout, stderr } = await backUp(scenario, target);
        expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
        expect(stdout).toMatch(/^\S+backup-\d+\.db: schema \d+, \d+ events, \d+\.\d MB\n$/);
        const { lastSeq } = examineState(target);
        expect(stdout).toContain(`, ${lastSeq} events, `);
        held.push(lastSeq);
      }
      await scenario.untilDelivered();

      expect(held).toEqual(held.toSorted((one, other) => one - other));
      expect(new Set(held).size).toBeGreaterThan(3);
      expect(statSync(join(scenario.directory, "backup-0.db")).mode & 0o777).toBe(0o600);
      expect(daemon.log.filter(({ level, sink }) => level !== "info" && sink === undefined)).toEqual([]);
      expect(await daemon.stop()).toBe(0);
      expect(await scenario.compare()).toEqual(NOTHING_WRONG);
    }));

  it("restored on another host repeats what came after it, and loses nothing", ({ onTestFinished }) =>
    play({}, async (scenario) => {
      const { daemon, rsyslog } = scenario;
      const config = scenario.config();
      daemon.configure(config);
      scenario.show("signIns", every(50, 60_000));
      scenario.show("riskDetections", every(50, 60_000));
      await daemon.start();
      await scenario.untilDelivered();
      await untilConfirmed(scenario);
      const before = countsOf(await rsyslog.process.lines());
      const target = join(scenario.directory, "backup.db");
      expect((await backUp(scenario, target)).exitCode).toBe(0);
      scenario.show("signIns", every(10, 0));
      scenario.show("riskDetections", every(10, 0));
      await scenario.untilDelivered();
      expect(await daemon.stop()).toBe(0);
      scenario.show("signIns", every(10, 0));

      const other = hostOf(scenario, target);
      onTestFinished(() => other.dispose());
      await other.start();
      await scenario.untilDelivered();
      const expected = new Map(
        scenario.simulator.ledger.map(({ tenantId, id, revision }, index) => [
          `${tenantId}/${id}@${revision}`,
          index >= before.size && index < before.size + 20 ? 2 : 1,
        ]),
      );
      await until("what came after the backup is sent again", async () => {
        const lines = await rsyslog.process.lines();
        return lines.length >= scenario.simulator.ledger.length + 20;
      });

      expect(await other.stop()).toBe(0);
      expect(countsOf(await rsyslog.process.lines())).toEqual(expected);
    }));

  it("made after a stop and moved to another host repeats nothing and loses nothing", ({ onTestFinished }) =>
    play({}, async (scenario) => {
      const { daemon } = scenario;
      daemon.configure(scenario.config());
      scenario.show("signIns", every(50, 60_000));
      await daemon.start();
      await scenario.untilDelivered();
      expect(await daemon.stop()).toBe(0);
      scenario.show("signIns", every(10, 0));
      const target = join(scenario.directory, "backup.db");
      expect((await backUp(scenario, target)).exitCode).toBe(0);

      const other = hostOf(scenario, target);
      onTestFinished(() => other.dispose());
      await other.start();
      scenario.show("riskDetections", every(10, 0));
      await scenario.untilDelivered();

      expect(await other.stop()).toBe(0);
      expect(await scenario.compare()).toEqual(NOTHING_WRONG);
    }));

  it("says what is wrong, and leaves nothing behind", () =>
    play({}, async (scenario) => {
      const { daemon } = scenario;
      daemon.configure(scenario.config());
      const target = join(daemon.directory, "backup.db");

      expect(await backUp(scenario, target)).toMatchObject({
        exitCode: 65,
        stderr: expect.stringMatching(/^ERF5004 no state file at .* yet/),
      });
      expect(readdirSync(daemon.directory)).not.toContain("state.db");
      await daemon.start();
      await daemon.stop();
      expect((await backUp(scenario, target)).exitCode).toBe(0);
      expect(await backUp(scenario, target)).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/^ERF5006 .* is there already/),
      });
      expect(await backUp(scenario, join(daemon.directory, "no", "backup.db"))).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/^ERF5006 cannot write .*no such file or directory/),
      });
      expect((await daemon.run("state", "backup", "--config", "config.yaml")).exitCode).toBe(64);
      expect((await daemon.run("state", "backup", target)).exitCode).toBe(64);
    }));

  it("needs room, says how much, and leaves none taken", ({ skip, onTestFinished }) =>
    play({}, async (scenario) => {
      const disk = mountSmallDisk(1) ?? skip("needs the right to mount a file system");
      onTestFinished(() => unmountSmallDisk(disk));
      scenario.daemon.configure(scenario.config());
      scenario.show("signIns", every(4_500, 10_000));
      await scenario.daemon.start();
      await scenario.untilDelivered();

      expect(await backUp(scenario, join(disk, "backup.db"))).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/^ERF5006 cannot write .*full.* have \d+ MB of room/),
      });
      expect(readdirSync(disk)).toEqual([]);
      expect(await scenario.daemon.stop()).toBe(0);
      expect(await scenario.compare()).toEqual(NOTHING_WRONG);
    }));
});

/** Waits until the sink has answered for everything. */
async function untilConfirmed({ daemon }: Scenario): Promise<void> {
  await until("everything is confirmed", async () => {
    const { stdout } = await daemon.run("status", "--config", "config.yaml", "--json");
    const { sinks }: { readonly sinks: readonly { readonly backlog: number }[] } = JSON.parse(stdout);
    return sinks.every(({ backlog }) => backlog === 0);
  });
}
