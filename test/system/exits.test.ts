/** How the process ends or refuses when something is wrong with it or around it, and what it may read. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { canDropPrivileges } from "../support/daemon.ts";
import { isRsyslogInstalled } from "../support/rsyslog.ts";
import { every, NOTHING_WRONG, play, SECRET } from "../support/scenario.ts";

describe.skipIf(!isRsyslogInstalled())("the process (needs rsyslogd)", { concurrent: true }, () => {
  it("exits 70 when another has moved its cursor, tells no secret, and loses nothing", async () => {
    await play({}, async (scenario) => {
      const { daemon, simulator } = scenario;
      scenario.show("signIns", every(20, 60_000));
      daemon.configure(scenario.config());
      await daemon.start();
      await scenario.untilDelivered();

      const state = new Database(join(daemon.directory, "state.db"));
      const { changes } = state.prepare("UPDATE sink SET cursor = cursor - 1").run();
      state.close();
      simulator.fault({ kind: "token-refused", times: 1 });
      scenario.show("riskDetections", every(5, 60_000));
      const exitCode = await daemon.ended();

      expect(changes).toBe(1);
      expect(exitCode).toBe(70);
      const bug = daemon.log.find(({ message }) => message === "a bug: please report it");
      expect(bug).toMatchObject({ level: "error", error: expect.stringContaining("another process moved it") });
      expect(daemon.everything).not.toContain("canary");
      expect(daemon.everything).not.toMatch(/eyJ[A-Za-z0-9_-]{10}|Bearer/);
      await daemon.start();
      await scenario.untilDelivered();
      expect(await daemon.stop()).toBe(0);
      expect(await scenario.compare()).toMatchObject({ lost: [], invented: [] });
    });
  });

  it("says to a user who may not look into the state that this is why status shows nothing", async ({ skip }) => {
    if (!canDropPrivileges()) skip("setpriv cannot take root's privileges away");
    await play({}, async (scenario) => {
      const { daemon } = scenario;
      const closed = join(daemon.directory, "closed");
      mkdirSync(closed);
      daemon.configure(scenario.config({ store: { path: "closed/state.db" } }));
      await daemon.start();
      await daemon.stop();
      chmodSync(closed, 0o000);

      const { exitCode, stdout, stderr } = await daemon.runWithoutPrivileges("status", "--config", "config.yaml");

      chmodSync(closed, 0o700);
      expect(stderr).toMatch(
        /^ERF5004 cannot look into \S*closed: permission denied; run it as root or as the service/,
      );
      expect({ exitCode, stdout }).toEqual({ exitCode: 65, stdout: "" });
    });
  });

  it("takes its secret from a systemd credential", async ({ onTestFinished }) => {
    const credentials = mkdtempSync(join(tmpdir(), "credentials-"));
    onTestFinished(() => rmSync(credentials, { recursive: true }));
    writeFileSync(join(credentials, "contoso"), `${SECRET}\n`, { mode: 0o400 });
    await play({ environment: { CREDENTIALS_DIRECTORY: credentials } }, async (scenario) => {
      const { daemon } = scenario;
      scenario.show("signIns", every(20, 60_000));
      const config = scenario.config();
      const credential = { secretCredential: "contoso" };
      daemon.configure({ ...config, tenants: config.tenants.map((tenant) => ({ ...tenant, credential })) });
      await daemon.start();
      await scenario.untilDelivered();

      expect(await daemon.stop()).toBe(0);
      expect(await scenario.compare()).toEqual(NOTHING_WRONG);
    });
  });
});
