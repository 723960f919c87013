/** What an operator asks for while the daemon runs: backfill, replay, audit, dead letters; and the books all the while. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openStoreReadOnly } from "../../src/store/sqlite/sqlite-store.ts";
import type { Books } from "../../src/store/store.ts";
import { BookKeeper } from "../support/books.ts";
import { said } from "../support/daemon.ts";
import { until } from "../support/poll.ts";
import { agreeable, RelpServer, rsp } from "../support/relp-server.ts";
import { isRsyslogInstalled } from "../support/rsyslog.ts";
import { every, identityOf, NOTHING_WRONG, play, type Scenario } from "../support/scenario.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function command(scenario: Scenario, ...argv: readonly string[]) {
  return scenario.daemon.run(...argv, "--config", "config.yaml");
}

/** Read from the state itself: a command for every look would keep the machine busy. */
async function booksOf(scenario: Scenario, sink: string): Promise<Books | undefined> {
  const store = openStoreReadOnly(join(scenario.daemon.directory, "state.db"));
  try {
    return (await store.status()).sinks.find(({ name }) => name === sink)?.books;
  } finally {
    await store.close();
  }
}

async function countOf(scenario: Scenario): Promise<number> {
  return (await scenario.rsyslog.process.lines()).length;
}

describe.skipIf(!isRsyslogInstalled())("an operator (needs rsyslogd)", { concurrent: true }, () => {
  it("gets a span read that no start had read, and what was sent before once more to the sink it names", async () => {
    await play({}, async (scenario) => {
      const other = new RelpServer(agreeable);
      const port = await other.start();
      scenario.show("signIns", every(40, MINUTE));
      scenario.show("riskDetections", every(30, HOUR));
      scenario.show("riskyUsers", every(5, MINUTE));
      const old = scenario.show("signIns", every(20, MINUTE, 3 * DAY));
      const config = scenario.config();
      const sinks = [...config.sinks, { name: "other", type: "relp", host: "127.0.0.1", port }];
      scenario.daemon.configure({ ...config, sinks });
      await scenario.daemon.start();
      await until("all but what is too old is delivered", async () => (await scenario.compare()).lost.length === 20);
      expect((await scenario.compare()).lost.map((identity) => identity.split("/")[1])).toEqual(
        old.map((id) => `${id}@1`),
      );

      const first = await command(scenario, "backfill", "--since", "5d", "--source", "signIns");
      await scenario.untilDelivered();
      const before = other.frames.length;
      const again = await command(scenario, "backfill", "--since", "5d", "--again", "--sink", "other");
      await until("the sink has got all again", async () => (await booksOf(scenario, "other"))?.resent === 95);

      expect([first, again]).toMatchObject(
        [{ exitCode: 0, stdout: /signIns: will be/ }, { exitCode: 0 }].map(matching),
      );
      expect(await scenario.compare()).toEqual(NOTHING_WRONG);
      expect(other.frames.length - before).toBeGreaterThanOrEqual(95);
      expect(await booksOf(scenario, "siem")).toMatchObject({ accepted: 95, delivered: 95, pending: 0, resent: 0 });
      expect(await booksOf(scenario, "other")).toMatchObject({ accepted: 95, delivered: 95, pending: 0 });
      expect(await scenario.daemon.stop()).toBe(0);
      await other.stop();
    });
  });

  it("gets the log replayed beside live events, over a restart, and counted apart", async () => {
    await play({}, async (scenario) => {
      scenario.show("riskDetections", every(2_000, MINUTE));
      const config = scenario.config();
      scenario.daemon.configure(config);
      await scenario.daemon.start();
      await until("the first are confirmed", async () => (await booksOf(scenario, "siem"))?.delivered === 2_000);
      const books = new BookKeeper(join(scenario.daemon.directory, "state.db")).start();
      await scenario.rsyslog.process.stop();

      const replay = await command(scenario, "replay", "--sink", "siem", "--since", "1h");
      await until("it tries", () => scenario.daemon.log.some(({ message }) => message === "replay started"));
      expect((await command(scenario, "status")).stdout).toMatch(/^ {4}replay: .*, at \d+ of \d+$/m);
      await scenario.daemon.stop("SIGKILL");
      await scenario.rsyslog.process.start();
      await scenario.daemon.start();
      scenario.show("riskDetections", every(50, 0));
      await until("all is replayed", async () => (await countOf(scenario)) >= 4_050);
      await until("it ends", () => scenario.daemon.log.some(({ message }) => message === "replay finished"));

      await until("all is confirmed", async () => (await booksOf(scenario, "siem"))?.delivered === 2_050);
      const { lost, invented } = await scenario.compare();
      expect([replay.exitCode, lost, invented]).toEqual([0, [], []]);
      expect(await booksOf(scenario, "siem")).toMatchObject({ accepted: 2_050, delivered: 2_050, pending: 0 });
      expect(await scenario.daemon.stop()).toBe(0);
      await books.stop();
      expect(books.errors).toEqual([]);
      expect(books.looks).toBeGreaterThan(3);
    });
  });

  it("learns from an audit what is missing and what has changed, and has it repaired", async () => {
    await play({}, async (scenario) => {
      scenario.show("signIns", every(30, MINUTE));
      const [changed = ""] = scenario.show("signIns", every(10, MINUTE, 3 * HOUR));
      scenario.daemon.configure(scenario.config());
      await scenario.daemon.start();
      await scenario.untilDelivered();
      const audit = async (...argv: string[]) => {
        const { exitCode, stdout } = await command(scenario, "audit", "--since", "12h", "--json", ...argv);
        const { findings } = JSON.parse(stdout);
        return { exitCode, found: findings.map((finding: { found: object }) => finding.found) };
      };

      expect(await audit("--source", "signIns")).toEqual({
        exitCode: 0,
        found: [{ known: 40, missing: 0, changed: 0 }],
      });
      scenario.show("signIns", every(3, MINUTE, 6 * HOUR), { late: true });
      scenario.revise("signIns", changed, { riskState: "dismissed", riskLevelAggregated: "none" });
      const nothing = { known: 0, missing: 0, changed: 0 };
      const found = [{ known: 39, missing: 3, changed: 1 }, nothing, nothing];
      expect(await audit()).toEqual({ exitCode: 1, found });
      expect((await scenario.compare()).lost).toHaveLength(4);
      expect(await audit("--repair")).toEqual({ exitCode: 0, found });
      await scenario.untilDelivered();

      expect((await command(scenario, "status")).stdout).toMatch(
        /signIns +working .* 44\n {6}of these revised 1, late 0, repaired 4$/m,
      );
      expect(await scenario.compare()).toEqual(NOTHING_WRONG);
      await scenario.daemon.stop();
      expect(await command(scenario, "audit", "--since", "12h")).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining("ERF5008 the daemon does not run"),
      });
    });
  });

  it("hears why an audit does not end while a stream cannot be read", async () => {
    await play({}, async (scenario) => {
      const { tenantId } = scenario.tenants[0]!;
      scenario.show("signIns", every(10, MINUTE));
      scenario.daemon.configure(scenario.config());
      await scenario.daemon.start();
      await scenario.untilDelivered();
      scenario.simulator.change(tenantId, { licensed: ["riskDetections", "riskyUsers"] });
      // A licence that was there is believed to be gone after half a minute of denials.
      await until("it rests", () => said(scenario.daemon.log, "stream rests, the tenant does not have it") === 1);

      const audit = command(scenario, "audit", "--since", "1h");
      const reason = /^tenant-1 signIns is resting, the audit waits for it: ERF3008 .*; remedy: /m;
      await until("it tells", () => reason.test(scenario.daemon.everything));
      await scenario.daemon.stop();

      expect(await audit).toMatchObject({ exitCode: 1, stdout: "" });
      expect((await audit).stderr.match(/the audit waits/g)).toHaveLength(1);
    });
  });

  it("finds what a sink rejected, record and reason, and has it sent again or dropped", async () => {
    await play({}, async (scenario) => {
      const poison = new Set<string>();
      const isPoison = (text: string) => [...poison].some((id) => text.includes(id));
      const collector = new RelpServer((frame) => {
        const isRefused = frame.command === "syslog" && isPoison(frame.data);
        return isRefused ? rsp(frame, "500 not this one") : agreeable(frame);
      });
      const port = await collector.start();
      const ids = scenario.show("signIns", every(50, MINUTE));
      for (const id of [ids[10]!, ids[20]!]) poison.add(id);
      scenario.daemon.configure({
        ...scenario.config(),
        sinks: [{ name: "siem", type: "relp", host: "127.0.0.1", port }],
      });
      await scenario.daemon.start();
      await until("two are rejected", async () => (await booksOf(scenario, "siem"))?.rejected === 2);
      await until("the rest is delivered", async () => (await booksOf(scenario, "siem"))?.pending === 0);
      const list = async () => (await command(scenario, "dead-letters", "list", "--json")).stdout.trim().split("\n");

      const letters = (await list()).map((line) => JSON.parse(line));
      expect(new Set(letters.map(({ id }) => id))).toEqual(new Set([ids[10]!, ids[20]!]));
      expect(letters[0]).toMatchObject({
        sink: "siem",
        reason: expect.stringMatching(/ERF4010 .*500 not this one/),
        record: { id: letters[0].id },
      });
      const [one, two] = letters.map(({ seq }) => String(seq));
      const shown = await command(scenario, "dead-letters", "show", one!, "--sink", "siem");
      expect(JSON.parse(shown.stdout)).toEqual(letters[0]);
      expect((await command(scenario, "status")).stdout).toMatch(/rejected 2 \+ waiting 0\n {4}2 dead letters: see/);

      poison.delete(letters[0].id);
      expect(await command(scenario, "dead-letters", "replay", one!, "--sink", "siem")).toMatchObject({ exitCode: 0 });
      const isThere = () => collector.frames.filter(({ data }) => data.includes(letters[0].id)).length === 2;
      await until("it is sent again", isThere);
      expect(await command(scenario, "dead-letters", "drop", one!, "--sink", "siem")).toMatchObject({
        exitCode: 1,
        stderr: `ERF5008 sink siem has no dead letter ${one}\n`,
      });
      expect(await command(scenario, "dead-letters", "drop", two!, "--sink", "siem")).toMatchObject({
        exitCode: 0,
        stdout: "siem: 1 dead letters dropped\n",
      });

      expect(await list()).toEqual([""]);
      expect(await booksOf(scenario, "siem")).toMatchObject({ delivered: 48, rejected: 2, pending: 0, resent: 1 });
      const line = collector.frames.find(({ data }) => data.includes(letters[0].id))?.data ?? "";
      expect(identityOf(line)).toContain(letters[0].id);
      expect(await scenario.daemon.stop()).toBe(0);
      await collector.stop();
    });
  });
});

function matching(expected: { readonly exitCode: number; readonly stdout?: RegExp }) {
  const { exitCode, stdout } = expected;
  return stdout === undefined ? { exitCode } : { exitCode, stdout: expect.stringMatching(stdout) };
}
