import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { StateError, TransientError } from "../../src/core/errors.ts";
import type { LoggedEvent } from "../../src/core/event.ts";
import { signsOfLife } from "../../src/store/sqlite/database.ts";
import { openStore, openStoreReadOnly } from "../../src/store/sqlite/sqlite-store.ts";
import { received } from "../support/received.ts";
import { describeStore } from "./store-suite.ts";

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "store-"));
  path = join(directory, "state.db");
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const open = () => openStore(path, Date.now);

function refusal(attempt: () => unknown): StateError {
  try {
    attempt();
  } catch (error) {
    expect(error).toBeInstanceOf(StateError);
    return error as StateError;
  }
  throw new Error("was not refused");
}

describeStore("SQLite store", () => ({
  open,
  verify: () => {
    const db = new Database(path, { readonly: true });
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    db.close();
  },
}));

describe("who follows the event log", () => {
  const stream = { tenantId: "t1", source: "signIns" } as const;
  const told: string[] = [];
  const onAppending = () => ({
    appended: ({ seq, id }: LoggedEvent) => told.push(`${seq} ${id}`),
    committed: () => told.push("committed"),
  });

  beforeEach(() => {
    told.length = 0;
  });

  it("is told of each event as the log has it, and that it stays", async () => {
    const events: LoggedEvent[] = [];
    const appended = (event: LoggedEvent) => events.push(event);
    const store = openStore(path, () => 7, { onAppending: () => ({ appended, committed: () => {} }) });
    await store.openStream(stream, 0);
    const many = Array.from({ length: 150 }, (_, index) => received({ id: `many-${index}` }, { time: index }));

    await store.commit(stream, many, {});
    await store.commit(stream, [received({ id: "many-3" }), received({ id: "many-3" }, { revision: "other" })], {});

    expect(events).toEqual([...(await store.after(0, 1_000))]);
    expect(events).toHaveLength(151);
    await store.close();
  });

  it("is told before more is parsed than a few megabytes", async () => {
    const store = openStore(path, Date.now, { onAppending });
    await store.openStream(stream, 0);
    const large = "x".repeat(600_000);
    const records = {
      length: 5,
      *[Symbol.iterator]() {
        for (let index = 0; index < 5; index += 1) {
          told.push(`parsed ${index}`);
          yield received({ id: String(index), large });
        }
      },
    };

    await store.commit(stream, records, {});

    expect(told.slice(0, 5)).toEqual(["parsed 0", "parsed 1", "1 0", "2 1", "parsed 2"]);
    await store.close();
  });

  it("is not told that events stay which were taken back", async () => {
    const store = openStore(path, Date.now, { onAppending });
    await store.openStream(stream, 0);
    const records = {
      length: 2,
      *[Symbol.iterator]() {
        for (let index = 0; index < 100; index += 1) yield received({ id: `gone-${index}` });
        throw new Error("no record");
      },
    };

    await expect(store.commit(stream, records, {})).rejects.toThrow("no record");
    expect(told).toHaveLength(64);
    told.length = 0;
    await store.commit(stream, [received({ id: "stays" })], {});

    expect(told).toEqual(["1 stays", "committed"]);
    expect([...(await store.after(0, 10))].map(({ id }) => id)).toEqual(["stays"]);
    await store.close();
  });
});

function record(id: string) {
  return received({ id, text: "x".repeat(20_000) });
}

describe("state file", () => {
  const stream = { tenantId: "t", source: "signIns" } as const;
  it("is refused while another instance has it, and free again after a close", async () => {
    const first = open();
    expect(refusal(open).code).toBe("ERF5003");
    await first.close();

    await open().close();
  });

  it("is for its user alone, whatever the umask, and so is all that stands beside it", async () => {
    const umask = process.umask(0o022);
    onTestFinished(() => void process.umask(umask));

    const store = open();
    await store.openStream(stream, 1);

    const modes = readdirSync(directory).map((name) => [name, statSync(join(directory, name)).mode & 0o777] as const);
    await store.close();
    expect(modes.map(([name]) => name)).toEqual(expect.arrayContaining(["state.db", "state.db-wal", "state.db.lock"]));
    expect(modes.filter(([, mode]) => mode !== 0o600)).toEqual([]);
  });

  it("tells whether somebody has it, and when it was written, and is not touched by that", async () => {
    const daemon = open();
    await daemon.openStream(stream, 1);

    expect(signsOfLife(path).running).toBe(true);
    await daemon.close();
    const files = readdirSync(directory);
    const { running, lastWritten } = signsOfLife(path);

    expect(running).toBe(false);
    expect(Math.abs(Date.now() - lastWritten)).toBeLessThan(60_000);
    expect(readdirSync(directory)).toEqual(files);
  });

  it("can be looked at while the daemon has it", async () => {
    const daemon = open();
    await daemon.openStream(stream, 1);
    const reader = openStoreReadOnly(path);

    expect((await reader.status()).streams).toHaveLength(1);
    await reader.close();
    await daemon.close();
  });

  it("is refused when it is empty, foreign or truncated, and left as it is", async () => {
    writeFileSync(path, "");
    expect(refusal(open).code).toBe("ERF5001");
    expect(readFileSync(path)).toHaveLength(0);

    writeFileSync(path, "this is no database, but a text of some length".repeat(100));
    expect(refusal(open).code).toBe("ERF5001");

    rmSync(path);
    new Database(path).exec("CREATE TABLE somebody_elses (x)").close();
    expect(refusal(open).code).toBe("ERF5001");
  });

  it("is refused when it is a link to what is not there, which may be on a disk that is not mounted", () => {
    symlinkSync(join(directory, "mounted", "state.db"), path);

    expect(refusal(open).message).toMatch(/is a link to .*mounted\/state\.db, which is not there\./);
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
  });

  it("is refused when it is empty beside a write-ahead log, which is kept", async () => {
    const store = open();
    await store.openStream(stream, 1);
    const copy = join(directory, "copy.db");
    writeFileSync(copy, "");
    copyFileSync(`${path}-wal`, `${copy}-wal`);
    await store.close();
    const { size } = statSync(`${copy}-wal`);

    expect(refusal(() => openStore(copy, Date.now)).code).toBe("ERF5001");
    expect(refusal(() => openStoreReadOnly(copy)).code).toBe("ERF5001");
    expect(statSync(`${copy}-wal`).size).toBe(size);
    expect(size).toBeGreaterThan(0);
  });

  it("is refused when a page is damaged", async () => {
    const store = open();
    await store.openStream(stream, 1);
    for (let n = 0; n < 50; n += 1) await store.commit(stream, [record(`id-${n}`)], {});
    await store.close();
    const bytes = readFileSync(path);
    bytes.fill(0xff, 3 * 16_384, 3 * 16_384 + 4_000);
    writeFileSync(path, bytes);

    expect(refusal(open)).toMatchObject({ code: "ERF5001", message: expect.stringContaining("move it away") });
    const half = Math.floor(bytes.length / 2);
    truncateSync(path, half);
    expect(refusal(open).code).toBe("ERF5001");
  });

  it("is refused when a newer version wrote it", async () => {
    await open().close();
    const db = new Database(path);
    db.pragma("user_version = 99");
    db.close();

    expect(refusal(open)).toMatchObject({ code: "ERF5002", message: expect.stringContaining("schema 99") });
  });

  it("is refused when only its write-ahead log is left", () => {
    writeFileSync(`${path}-wal`, "left over");

    expect(refusal(open).code).toBe("ERF5001");
    expect(existsSync(path)).toBe(false);
  });

  it("is refused in a directory that is not there", () => {
    expect(refusal(() => openStore(join(directory, "no", "state.db"), Date.now)).code).toBe("ERF5004");
  });

  it("left half-made by a kill is made anew", async () => {
    writeFileSync(`${path}.new`, "half");

    await open().close();
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  it("keeps what was committed when its process vanishes without a close", async () => {
    const store = open();
    await store.openStream(stream, 1);
    await store.commit(stream, [record("a")], { mark: 7 });
    const copy = join(directory, "copy.db");
    copyFileSync(path, copy);
    copyFileSync(`${path}-wal`, `${copy}-wal`);
    await store.close();

    const survivor = openStore(copy, Date.now);
    expect(await survivor.openStream(stream, 0)).toMatchObject({ state: { mark: 7 } });
    expect([...(await survivor.after(0, 10))]).toHaveLength(1);
    await survivor.close();
  });

  it("that cannot grow any more gives a transient error, loses nothing and goes on when there is room", async () => {
    const store = open();
    await store.openStream(stream, 1);
    const internals = store as unknown as { parts: { db: Database.Database } };
    internals.parts.db.pragma("max_page_count = 20");

    const fill = async () => {
      for (let n = 0; n < 100; n += 1) await store.commit(stream, [record(`id-${n}`)], { mark: n });
    };
    await expect(fill()).rejects.toBeInstanceOf(TransientError);
    const { mark = 0 } = (await store.openStream(stream, 0)).state;
    expect([...(await store.after(0, 1_000))].length).toBe(mark + 1);

    internals.parts.db.pragma("max_page_count = 100000");
    await fill();
    expect([...(await store.after(0, 1_000))]).toHaveLength(100);
    await store.close();
  });
});
