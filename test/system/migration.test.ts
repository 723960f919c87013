/**
 * kill -9 at the writes of a start that migrates: strace counts them and kills the real program at one of them. Whatever
 * it leaves opens, holds everything, and is delivered once. MIGRATION_KILLS sets how many of the writes are struck
 * (default 8, spread over all of them; "all" for each one).
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GraphRecord } from "../../src/core/event.ts";
import { openDatabase } from "../../src/store/sqlite/database.ts";
import { MIGRATIONS } from "../../src/store/sqlite/migrations/migrate.ts";
import { Installation } from "../support/daemon.ts";
import { createInitialState, holdingOf, INITIAL_HOLDING, type InitialState } from "../support/initial-state.ts";
import { until } from "../support/poll.ts";
import { isRsyslogInstalled } from "../support/rsyslog.ts";
import { play, type Scenario } from "../support/scenario.ts";

const STORE = join(import.meta.dirname, "../../dist/store/sqlite/sqlite-store.js");
const CALLS = "pwrite64,ftruncate,rename,unlink,fsync,fdatasync";
const MEANT = process.env["MIGRATION_KILLS"] ?? "8";
const NEWEST = MIGRATIONS.length;
const MIGRATES = NEWEST > 1;

const canTrace = spawnSync("strace", ["-o", "/dev/null", "true"]).status === 0;

function traced(trace: string, ...more: readonly string[]): string[] {
  return ["strace", "-D", "-o", trace, "-e", `trace=${CALLS}`, ...more];
}

const killedAt = (call: number, trace: string) => traced(trace, "-e", `inject=${CALLS}:signal=SIGKILL:when=${call}`);

/** A state of the first release whose last commit is in its write-ahead log, as a kill leaves it. */
class OldState {
  private readonly directory = mkdtempSync(join(tmpdir(), "old-state-"));
  private readonly path = join(this.directory, "state.db");
  private readonly db: Database.Database;

  constructor(state?: InitialState) {
    createInitialState(this.path, state);
    this.db = new Database(this.path);
    this.db.exec("UPDATE stream SET born = born");
  }

  putInto(directory: string): string {
    const path = join(directory, "state.db");
    for (const name of [path, `${path}-wal`, `${path}-shm`, `${path}.schema-1`]) rmSync(name, { force: true });
    for (const end of ["", "-wal"]) copyFileSync(`${this.path}${end}`, `${path}${end}`);
    return path;
  }

  dispose(): void {
    this.db.close();
    rmSync(this.directory, { recursive: true });
  }
}

/** How many of the calls a start makes until the state is open. */
async function countCalls(old: OldState): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), "counted-"));
  const trace = join(directory, "trace");
  old.putInto(directory);
  const script = `(await import(${JSON.stringify(STORE)})).openStore("state.db", Date.now); process.kill(process.pid, "SIGKILL")`;
  const [strace = "", ...options] = traced(trace);
  const args = [...options, process.execPath, "--input-type=module", "-e", script];
  await once(spawn(strace, args, { cwd: directory, stdio: "ignore" }), "exit");
  const lines = readFileSync(trace, "utf8").split("\n");
  rmSync(directory, { recursive: true });
  return lines.filter((line) => / = \d+$/.test(line)).length;
}

/** The numbers from 1 to `count`, or so many of them, evenly spread. */
function chosen(count: number): number[] {
  const all = Array.from({ length: count }, (_, index) => index + 1);
  if (MEANT === "all") return all;
  const step = count / Number(MEANT);
  return all.filter((call) => Math.floor(call / step) > Math.floor((call - 1) / step));
}

describe.skipIf(!canTrace)("a kill -9 at a write of a start that migrates (needs strace)", () => {
  let old: OldState;
  let calls: number;
  let installation: Installation;

  beforeAll(async () => {
    old = new OldState();
    calls = await countCalls(old);
    installation = new Installation({ CLIENT_SECRET: "secret" });
    const nowhere = "http://127.0.0.1:9";
    const guid = "7c1f4f0e-2b6d-4a51-9f0c-000000000001";
    installation.configure({
      tenants: [
        {
          name: "contoso",
          tenantId: guid,
          clientId: guid,
          credential: { secretEnv: "CLIENT_SECRET" },
          endpoints: { login: nowhere, graph: nowhere },
        },
      ],
      sinks: [{ name: "siem", type: "syslog", transport: "tcp", host: "127.0.0.1", port: 9 }],
      store: { path: "state.db" },
      http: { listen: "127.0.0.1:0" },
    });
  });

  afterAll(async () => {
    await installation.dispose();
    old.dispose();
  });

  it("leaves a state that opens and holds everything, and a copy that is whole or absent", {
    timeout: 900_000,
  }, async () => {
    const struck = { before: 0, after: 0 };
    for (const call of chosen(calls)) {
      const path = old.putInto(installation.directory);
      const copy = `${path}.schema-1`;
      installation.launch({ under: killedAt(call, join(installation.directory, "trace")) });

      expect([call, await installation.ended()]).toEqual([call, "SIGKILL"]);
      const isCopied = existsSync(copy);
      struck[isCopied ? "after" : "before"] += 1;
      if (isCopied) {
        expect([call, holdingOf(copy)]).toEqual([call, INITIAL_HOLDING]);
        expect(installation.latestLog).toContainEqual(
          expect.objectContaining({ from: 1, to: NEWEST, copy: "state.db.schema-1" }),
        );
      }
      openDatabase(path).close();
      expect([call, holdingOf(path)]).toEqual([call, { ...INITIAL_HOLDING, schema: NEWEST }]);
      expect(existsSync(copy)).toBe(MIGRATES);
      expect(existsSync(`${copy}.new`)).toBe(false);
    }

    expect(struck.before).toBeGreaterThan(0);
    if (MIGRATES) expect(struck.after).toBeGreaterThan(0);
  });

  it.skipIf(!isRsyslogInstalled())("again and again repeats nothing and loses nothing (needs rsyslogd)", () =>
    play({}, async (scenario) => {
      const { daemon, simulator } = scenario;
      const mark = simulator.clock.now();
      const records = invent(scenario, 40);
      const { tenantId } = scenario.tenants[0]!;
      const state = new OldState({ tenantId, records, mark });
      state.putInto(daemon.directory);
      daemon.configure(scenario.config());
      for (const share of [0.3, 0.6, 0.9]) {
        daemon.launch({ under: killedAt(Math.ceil(calls * share), join(scenario.directory, "trace")) });
        expect(await daemon.ended()).toBe("SIGKILL");
      }

      await daemon.start();
      const fresh = scenario.show("signIns", [0, 0, 0]);
      const identities = (all: readonly unknown[]) => all.map((id) => `${tenantId}/${String(id)}@1`).toSorted();
      const ids = records.map(({ id }) => id);
      const wanted = [...ids.slice(20), ...fresh];
      await until("the other half and the fresh ones are stored", async () => {
        const { lost } = await scenario.compare();
        return lost.length === scenario.simulator.ledger.length - wanted.length;
      });

      expect(await daemon.stop()).toBe(0);
      expect(existsSync(join(daemon.directory, "state.db.schema-1"))).toBe(MIGRATES);
      const { lost, repeated, invented } = await scenario.compare();
      expect(lost.toSorted()).toEqual(identities(ids.slice(0, 20)));
      expect({ repeated, invented }).toEqual({ repeated: [], invented: [] });
      state.dispose();
    }),
  );
});

/** Sign-ins that are visible, as an earlier version has read them. */
function invent({ simulator, records, tenants }: Scenario, count: number): GraphRecord[] {
  return Array.from({ length: count }, () => {
    const record = records.invent("signIns", simulator.clock.now() - 60_000);
    simulator.show(tenants[0]!.tenantId, "signIns", record);
    return record;
  });
}
