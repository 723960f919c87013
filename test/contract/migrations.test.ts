/** A state of an older schema: copied, then migrated as a whole or not at all. The second schema is of the tests alone. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { openDatabase, openDatabaseReadOnly } from "../../src/store/sqlite/database.ts";
import { INITIAL } from "../../src/store/sqlite/migrations/0001-initial.ts";
import { createInitialState, holdingOf, INITIAL_HOLDING } from "../support/initial-state.ts";
import { refusal } from "../support/refusal.ts";
import { fill, makeRoom, mountSmallDisk, unmountSmallDisk } from "../support/small-disk.ts";

const SECOND = "ALTER TABLE event ADD COLUMN note TEXT NOT NULL DEFAULT 'none'; CREATE TABLE extra (a INTEGER) STRICT;";
const migrations = [INITIAL, SECOND];

let directory: string;
let path: string;
let copy: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "migrations-"));
  path = join(directory, "state.db");
  copy = `${path}.schema-1`;
  createInitialState(path);
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe("a state of an older schema", () => {
  it("is copied and migrated, and says so in this order", () => {
    const umask = process.umask(0o022);
    onTestFinished(() => void process.umask(umask));
    const told: unknown[] = [];

    openDatabase(path, { migrations, onMigration: (stage, migration) => told.push([stage, migration]) }).close();

    const migration = { from: 1, to: 2, copy };
    expect(told).toEqual([
      ["copying", migration],
      ["migrating", migration],
      ["migrated", migration],
    ]);
    expect(holdingOf(copy)).toEqual(INITIAL_HOLDING);
    expect(holdingOf(path)).toEqual({ ...INITIAL_HOLDING, schema: 2 });
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory).filter((name) => name.includes(".new"))).toEqual([]);
  });

  it("is not copied again once it is migrated", () => {
    openDatabase(path, { migrations }).close();
    rmSync(copy);

    openDatabase(path, { migrations }).close();

    expect(existsSync(copy)).toBe(false);
  });

  it("replaces the copy of an earlier start, which may be out of date, and what a kill left of one", () => {
    writeFileSync(copy, "of an earlier start");
    writeFileSync(`${copy}.new`, "half a copy");
    writeFileSync(`${copy}.new-journal`, "of half a copy");

    openDatabase(path, { migrations }).close();

    expect(holdingOf(copy)).toEqual(INITIAL_HOLDING);
    expect(readdirSync(directory).filter((name) => name.includes(".new"))).toEqual([]);
  });

  it("stays as it is, whole, when a later step fails", () => {
    expect(() => openDatabase(path, { migrations: [...migrations, "CREATE TABLE event (x)"] })).toThrow(
      "already exists",
    );

    expect(holdingOf(path)).toEqual(INITIAL_HOLDING);
    expect(holdingOf(copy)).toEqual(INITIAL_HOLDING);
  });

  it("stays as it is when it cannot be copied, with the way out", () => {
    writeFileSync(copy, "of an earlier start");
    mkdirSync(`${copy}.new`);

    expect(refusal(() => openDatabase(path, { migrations }))).toMatchObject({
      code: "ERF5004",
      message: expect.stringMatching(/Nothing is changed\. Make 1 MB of room \(.*schema-1, .*may be removed for it\)/),
    });
    expect(holdingOf(path)).toEqual(INITIAL_HOLDING);
  });

  it("stays as it is when the disk has no room for a copy, and is migrated when it has", ({ skip }) => {
    const disk = mountSmallDisk(4) ?? skip("needs the right to mount a file system");
    onTestFinished(() => unmountSmallDisk(disk));
    const state = join(disk, "state.db");
    createInitialState(state);
    expect(fill(disk)).toBe("ENOSPC");
    // Room for SQLite's index of the log, not for a copy.
    for (const piece of [0, 1, 2]) rmSync(join(disk, `filling-${piece}`));

    expect(refusal(() => openDatabase(state, { migrations }))).toMatchObject({
      code: "ERF5004",
      message: expect.stringMatching(/cannot copy .*Nothing is changed\. Make 1 MB of room/),
    });
    expect(readdirSync(disk).filter((name) => name.includes("schema-1"))).toEqual([]);
    expect(holdingOf(state)).toEqual(INITIAL_HOLDING);
    makeRoom(disk);
    openDatabase(state, { migrations }).close();
    expect(holdingOf(state)).toEqual({ ...INITIAL_HOLDING, schema: 2 });
  });

  it("is back with its copy, and keeps its log again", () => {
    openDatabase(path, { migrations }).close();
    const before = { migrations: migrations.slice(0, 1) };
    expect(refusal(() => openDatabase(path, before))).toMatchObject({
      code: "ERF5002",
      message: expect.stringContaining(`restore ${copy}, which was made before the upgrade`),
    });

    const db = openDatabase(copy, before);
    expect(db.pragma("journal_mode", { simple: true })).toBe("wal");
    expect(db.pragma("page_size", { simple: true })).toBe(16_384);
    expect(db.pragma("auto_vacuum", { simple: true })).toBe(2);
    db.close();
    expect(holdingOf(copy)).toEqual(INITIAL_HOLDING);
  });

  it("is not looked at, but can be backed up", () => {
    const db = new Database(path);
    db.pragma("user_version = 0");
    db.close();

    expect(refusal(() => openDatabaseReadOnly(path))).toMatchObject({ code: "ERF5007" });
    openDatabaseReadOnly(path, { allowsOlder: true }).close();
  });
});
