/**
 * Copies of the state and its write-ahead log as a power loss could leave them: taken from the daemon that SIGSTOP
 * halts at random moments under load, half of them with a torn end. Each is opened as a start would open it.
 *
 * A log is torn only behind what a checkpoint has moved into the database: that part was synced before, and no disk that
 * honours fsync loses it. Whatever follows may be cut, zeros or rubbish, whole commits included.
 */
import { strict as assert } from "node:assert";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { StateError } from "../../src/core/errors.ts";
import { openStore } from "../../src/store/sqlite/sqlite-store.ts";
import { until } from "../support/poll.ts";
import { examineState, passedOver, type StateFacts } from "../support/state-invariants.ts";
import { readLog } from "../support/write-ahead-log.ts";
import { onRig, type Rig } from "./rig.ts";
import type { Row } from "./row.ts";

/** Half of the copies are whole. Of the others one in four has its log whole and its database file cut. */
const TEARS = ["none", "cut", "none", "zeros", "none", "rubbish", "none", "file"] as const;
type Tear = (typeof TEARS)[number];

const LONGEST_WAIT_MS = 400;
const EVENTS_PER_COPY = 4;
/** A burst makes pages that take the daemon a while to commit, so that a halt falls into a commit now and then. */
const BURST_EVERY = 40;
const BURST = 300;

interface Counts {
  /** Halts in the middle of a commit. */
  inCommit: number;
  /** Logs of which a tear took something that counted. */
  torn: number;
  /** Logs of which a tear took committed transactions. */
  rolledBack: number;
  cutFiles: number;
  refused: number;
  longestOpenMs: number;
}

export function tornCopies({ copies }: { readonly copies: number }): Promise<Row[]> {
  return onRig({ riskTenants: 24, signInTenants: 6 }, async (rig) => {
    const series = new Series(rig);
    const { counts } = series;
    await rig.daemon.start();
    try {
      for (let number = 0; number < copies; number += 1) {
        rig.show(number % BURST_EVERY === 0 ? BURST : EVENTS_PER_COPY);
        await sleep(Math.random() * LONGEST_WAIT_MS);
        await series.take(TEARS[number % TEARS.length] ?? "none");
      }
    } finally {
      series.dispose();
    }
    await rig.untilStored(300_000);

    assert.equal(await rig.daemon.stop(), 0);
    series.expectWorkWasSeen();
    assert.ok(counts.torn >= copies / 8, `only ${counts.torn} of ${copies} logs were torn`);
    assert.ok(counts.rolledBack > 0, "no tear took a committed transaction");
    const recoverySeconds = counts.longestOpenMs / 1_000;
    const rows = rig.rows("copies of database and log", { meant: copies, recoverySeconds, repeatsPerFault: 0 });
    return rows.map((row) => ({ ...row, remark: remarkOf(counts) }));
  });
}

function remarkOf({ inCommit, torn, rolledBack, cutFiles, refused }: Counts): string {
  return (
    `${inCommit} halts in a commit; ${torn} torn logs, ${rolledBack} of them without their last commits; ` +
    `${cutFiles} cut files, ${refused} of them refused; the recovery is the longest opening`
  );
}

/** Database, log and the log's index as they were at one moment. */
interface Files {
  readonly database: Buffer;
  readonly log: Buffer;
  readonly index: Buffer;
}

class Series {
  readonly counts: Counts = { inCommit: 0, torn: 0, rolledBack: 0, cutFiles: 0, refused: 0, longestOpenMs: 0 };
  private readonly rig: Rig;
  private readonly directory = mkdtempSync(join(tmpdir(), "torn-copies-"));
  private readonly path = join(this.directory, "state.db");
  /** The latest copy that was whole: what it held was durable, so no later one may hold less. */
  private latest: StateFacts | undefined;

  constructor(rig: Rig) {
    this.rig = rig;
  }

  /** Takes a copy, tears it, and opens it. */
  async take(tear: Tear): Promise<void> {
    const files = await this.halted();
    const { commits, end } = readLog(files.log, files.index);
    if ((commits.at(-1) ?? end) < end) this.counts.inCommit += 1;
    if (tear === "none") await this.openWhole(files);
    else if (tear === "file") await this.openCutFile(files);
    else await this.openTornLog(files, tear);
  }

  /** The copies would hold little against the promise if the daemon had not got anywhere. */
  expectWorkWasSeen(): void {
    const { streams = [], cursors = new Map<string, number>() } = this.latest ?? {};
    assert.ok(
      streams.filter(({ mark }) => mark !== null).length > streams.length / 2,
      "most streams were not read yet",
    );
    for (const { sink } of this.rig.receivers) assert.ok((cursors.get(sink) ?? 0) > 0, `${sink} had nothing yet`);
  }

  dispose(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** The files while the daemon is halted; what the collectors have stored is counted at the same moment. */
  private async halted(): Promise<Files> {
    const { daemon, receivers } = this.rig;
    const file = (end: string) => readFileSync(join(daemon.directory, `state.db${end}`));
    process.kill(daemon.pid, "SIGSTOP");
    try {
      await until("the daemon is halted", () => isHalted(daemon.pid));
      const files = { database: file(""), log: file("-wal"), index: file("-shm") };
      for (const { stored } of receivers) stored.read();
      return files;
    } finally {
      process.kill(daemon.pid, "SIGCONT");
    }
  }

  private async openWhole({ database, log }: Files): Promise<StateFacts> {
    const facts = await this.open(database, log);
    assert.ok(!(facts instanceof StateError), "a whole copy is refused");
    this.expectNothingForgotten(facts);
    this.latest = facts;
    return facts;
  }

  private async openTornLog(files: Files, tear: "cut" | "zeros" | "rubbish"): Promise<void> {
    const { checkpointed, end, commits } = readLog(files.log, files.index);
    const at = checkpointed + Math.floor(Math.random() * (end - checkpointed));
    if (at < end) this.counts.torn += 1;
    if ((commits.at(-1) ?? 0) > at) this.counts.rolledBack += 1;
    const facts = await this.open(files.database, tornAt(files.log, at, tear));
    assert.ok(!(facts instanceof StateError), "a copy with a torn log is refused");
  }

  /** Refused, or the log has what the file lost. */
  private async openCutFile(files: Files): Promise<void> {
    const { database, log } = files;
    this.counts.cutFiles += 1;
    const whole = await this.openWhole(files);
    const length = Math.floor(database.length * (0.5 + Math.random() / 2));
    const facts = await this.open(database.subarray(0, length), log);
    if (!(facts instanceof StateError)) {
      assert.deepEqual(facts, whole);
      return;
    }
    this.counts.refused += 1;
    assert.equal(facts.code, "ERF5001");
    assert.match(facts.message, /Restore a backup of it, or move it away/);
  }

  /** Opens the copy as a start does; answers what it holds when it holds together, or the refusal. */
  private async open(database: Buffer, log: Buffer): Promise<StateFacts | StateError> {
    for (const end of ["-wal", "-shm"]) rmSync(`${this.path}${end}`, { force: true });
    writeFileSync(this.path, database);
    writeFileSync(`${this.path}-wal`, log);
    const before = performance.now();
    try {
      const store = openStore(this.path, Date.now);
      this.counts.longestOpenMs = Math.max(this.counts.longestOpenMs, performance.now() - before);
      await store.status();
      await store.close();
    } catch (error) {
      if (error instanceof StateError) return error;
      throw error;
    }
    return this.examined();
  }

  private examined(): StateFacts {
    const facts = examineState(this.path);
    assert.deepEqual(passedOver(facts, this.rig.scenario.simulator.ledger), [], "the mark passes nothing over");
    for (const { sink, stored } of this.rig.receivers) {
      const answered = facts.places.slice(0, facts.cursors.get(sink) ?? 0);
      assert.deepEqual(
        answered.filter((identity) => identity !== undefined && !stored.has(identity)),
        [],
        `the cursor of ${sink} passes nothing that the collector has not stored`,
      );
    }
    return facts;
  }

  private expectNothingForgotten(facts: StateFacts): void {
    if (this.latest === undefined) return;
    assert.ok(facts.lastSeq >= this.latest.lastSeq, "a later copy holds fewer events");
    for (const [sink, cursor] of this.latest.cursors) assert.ok((facts.cursors.get(sink) ?? 0) >= cursor);
  }
}

function isHalted(pid: number): boolean {
  return readFileSync(`/proc/${pid}/stat`, "utf8").includes(") T ");
}

/** The log from `at` on cut off, or overwritten to its end. */
function tornAt(log: Buffer, at: number, tear: "cut" | "zeros" | "rubbish"): Buffer {
  const kept = log.subarray(0, at);
  if (tear === "cut") return kept;
  const length = log.length - at;
  return Buffer.concat([kept, tear === "zeros" ? Buffer.alloc(length) : randomBytes(length)]);
}
