/** Backups of a real state, while its daemon has it and while nobody has. */
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { BackupError } from "../../src/core/errors.ts";
import { backUpState } from "../../src/store/sqlite/backup.ts";
import { openStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { received } from "../support/received.ts";
import { refusal } from "../support/refusal.ts";

const stream = { tenantId: "t", source: "signIns" } as const;

let directory: string;
let path: string;
let target: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "backup-"));
  path = join(directory, "state.db");
  target = join(directory, "copy.db");
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

async function openFilled(): Promise<Store> {
  const store = openStore(path, Date.now);
  await store.openStream(stream, 1);
  const records = ["a", "b", "c"].map((id) => received({ id }));
  await store.commit(stream, records, { mark: 7 });
  return store;
}

describe("a backup", () => {
  it("holds all that was committed, is for its owner alone, and opens as a state", async () => {
    const umask = process.umask(0o022);
    onTestFinished(() => void process.umask(umask));
    const daemon = await openFilled();

    const { schema, events, bytes } = backUpState(path, target);
    await daemon.close();

    expect({ events, bytes }).toEqual({ events: 3, bytes: statSync(target).size });
    expect(schema).toBeGreaterThanOrEqual(1);
    expect(statSync(target).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory).filter((name) => name.startsWith("copy.db"))).toEqual(["copy.db"]);
    const copy = openStore(target, Date.now);
    expect(await copy.openStream(stream, 0)).toMatchObject({ state: { mark: 7 } });
    expect([...(await copy.after(0, 10))]).toHaveLength(3);
    await copy.close();
  });

  it("can be made of a state that nobody has, and changes nothing of it", async () => {
    await (await openFilled()).close();
    const before = readFileSync(path);

    expect(backUpState(path, target)).toMatchObject({ events: 3 });
    expect(readFileSync(path)).toEqual(before);
  });

  it.skipIf(process.getuid?.() !== 0)("made as root leaves the files to the service's user (needs root)", async () => {
    const service = 12_345;
    const daemon = await openFilled();
    for (const name of readdirSync(directory)) chownSync(join(directory, name), service, service);
    chownSync(directory, service, service);
    const others = () =>
      readdirSync(directory)
        .filter((name) => name.startsWith("state.db"))
        .map((name) => [name, statSync(join(directory, name))] as const)
        .filter(([, { uid, gid, mode }]) => uid !== service || gid !== service || (mode & 0o777) !== 0o600)
        .map(([name]) => name);

    backUpState(path, target);
    expect(others()).toEqual([]);
    await daemon.close();
    backUpState(path, `${target}.2`);

    expect(readdirSync(directory)).toContain("state.db-wal");
    expect(others()).toEqual([]);
  });

  it("overwrites nothing, neither a file nor the beginning of another backup", async () => {
    await (await openFilled()).close();
    writeFileSync(target, "precious");
    expect(refusal(() => backUpState(path, target))).toMatchObject({
      code: "ERF5006",
      message: expect.stringContaining("overwrites nothing"),
    });
    expect(readFileSync(target, "utf8")).toBe("precious");
    rmSync(target);
    writeFileSync(`${target}.new`, "being written");

    expect(refusal(() => backUpState(path, target))).toMatchObject({
      code: "ERF5006",
      message: expect.stringContaining("was interrupted"),
    });
    expect(readFileSync(`${target}.new`, "utf8")).toBe("being written");
  });

  it("is refused in a directory that is not there, with what it needs", async () => {
    await (await openFilled()).close();

    const error = refusal(() => backUpState(path, join(directory, "no", "copy.db")));

    expect(error).toBeInstanceOf(BackupError);
    expect(error).toMatchObject({ code: "ERF5006", message: expect.stringMatching(/no such file .*1 MB of room/) });
  });

  it("is refused for a state that is damaged, and leaves nothing behind", async () => {
    await (await openFilled()).close();
    const bytes = readFileSync(path);
    bytes.fill(0xff, 3 * 16_384, 4 * 16_384);
    writeFileSync(path, bytes);

    expect(refusal(() => backUpState(path, target))).toMatchObject({ code: "ERF5001" });
    expect(existsSync(target) || existsSync(`${target}.new`)).toBe(false);
  });

  it("is refused where there is no state, and makes none", () => {
    expect(refusal(() => backUpState(path, target))).toMatchObject({
      code: "ERF5004",
      message: expect.stringContaining("no state file"),
    });
    expect(readdirSync(directory)).toEqual([]);
  });
});
