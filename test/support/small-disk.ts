/** A disk that can really be full: a small file system of its own, in memory. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PIECE = Buffer.alloc(64 * 1024);

/** Its directory; undefined where this user may not mount one. */
export function mountSmallDisk(megabytes: number): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), "small-disk-"));
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", directory]);
  if (status === 0) return directory;
  rmSync(directory, { recursive: true });
  return undefined;
}

export function unmountSmallDisk(directory: string): void {
  spawnSync("umount", ["-l", directory]);
  rmSync(directory, { recursive: true, force: true });
}

/** Writes until nothing more fits; answers the error code. */
export function fill(directory: string): unknown {
  try {
    for (let piece = 0; ; piece += 1) writeFileSync(join(directory, `filling-${piece}`), PIECE);
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
}

export function makeRoom(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (name.startsWith("filling-")) rmSync(join(directory, name));
  }
}
