/** The report on everything, from the running daemon and from the state file, and `status --watch`. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { until } from "../support/poll.ts";
import { freePort } from "../support/ports.ts";
import { isRsyslogInstalled } from "../support/rsyslog.ts";
import { every, play, type Scenario } from "../support/scenario.ts";

const PROGRAM = join(import.meta.dirname, "../../dist/main.js");

async function reportOf(port: number) {
  return JSON.parse(await (await fetch(`http://127.0.0.1:${port}/status`)).text());
}

/** Starts `status --watch` and collects what it prints. */
function watch(scenario: Scenario, ...argv: readonly string[]) {
  const args = [PROGRAM, "status", "--watch", "--config", "config.yaml", ...argv];
  const child = spawn(process.execPath, args, { cwd: scenario.daemon.directory, stdio: ["ignore", "pipe", "inherit"] });
  const printed = { child, text: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    printed.text += chunk.toString();
  });
  return printed;
}

describe.skipIf(!isRsyslogInstalled())("the report (needs rsyslogd)", { concurrent: true }, () => {
  it("has one shape at /status and in status --json, and the same books", async () => {
    await play({}, async (scenario) => {
      const { daemon } = scenario;
      const port = await freePort();
      scenario.show("signIns", every(30, 60_000));
      scenario.simulator.fault({ kind: "permission-missing", source: "riskDetections" });
      daemon.configure(scenario.config({ http: { listen: `127.0.0.1:${port}` } }));
      await daemon.start();
      const isConfirmed = async () => (await reportOf(port)).sinks[0].books.delivered === 30;
      await until("all is confirmed", isConfirmed);
      await until("the stream is parked", async () => (await reportOf(port)).verdict.state === "blocked");

      const live = await reportOf(port);
      const file = JSON.parse((await daemon.run("status", "--config", "config.yaml", "--json")).stdout);

      const { version, started, ...shared } = live;
      const { lastWritten, ...told } = file;
      expect([version, started, lastWritten].map((value) => typeof value)).toEqual(["string", "number", "number"]);
      expect(Object.keys(shared).toSorted()).toEqual(Object.keys(told).toSorted());
      expect(shared.verdict).toMatchObject({
        text: told.verdict.text,
        needs: [{ urgency: "now", kind: "stream", code: "ERF3007", subjects: ["tenant-1 riskDetections"] }],
      });
      expect(shared.streams).toMatchObject([
        { tenant: "tenant-1", stream: { source: "signIns" }, totals: { accepted: 30 }, configured: true },
        { tenant: "tenant-1", stream: { source: "riskDetections" }, health: { condition: "blocked" } },
        { tenant: "tenant-1", stream: { source: "riskyUsers" } },
      ]);
      expect(shared.streams[0].markAgeMs).toBeLessThan(120_000);
      expect(shared.sinks).toMatchObject([{ name: "siem", guarantee: "confirmed-late", books: told.sinks[0].books }]);
      expect(shared.eventLog).toMatchObject({ events: told.eventLog.events, maxBytes: 10e9, isFull: false });
    });
  });

  it("is looked at again and again until it is interrupted, and ends with what the last look found", async () => {
    await play({}, async (scenario) => {
      const { daemon } = scenario;
      daemon.configure(scenario.config());
      await daemon.start();
      const text = watch(scenario);
      const json = watch(scenario, "--json");
      const blocks = () => text.text.match(/^daemon: /gm)?.length ?? 0;
      await until("both have looked twice", () => blocks() >= 2 && json.text.split("\n").length >= 3);
      const before = text.text;

      await daemon.stop();
      await until("it says that the daemon is gone", () => text.text.includes("\n\nNothing is arriving: "));
      text.child.kill("SIGINT");
      json.child.kill("SIGINT");
      await Promise.all([once(text.child, "exit"), once(json.child, "exit")]);

      expect(before).toMatch(/^(Starting|All is arriving).*\ndaemon: running, as of /);
      expect(text.child.exitCode).toBe(1);
      expect(text.text).not.toContain("\u001b");
      for (const line of json.text.trim().split("\n")) expect(JSON.parse(line)).toHaveProperty("verdict");
    });
  });
});
