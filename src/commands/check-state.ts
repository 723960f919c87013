/** Whether this user can keep the state, and whether there is room for it. Touches nothing. */
import { existsSync } from "node:fs";
import { access, constants, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { Config } from "../config/schema.ts";
import { parseSize } from "../config/values.ts";
import { messageOf, StateError } from "../core/errors.ts";
import { type Finding, type Probes, trouble, type Verdict } from "./check-finding.ts";

/** Less than this is no room to begin with. */
const LEAST_BYTES = 50e6;

export function checkState({ store }: Config, probes: Probes): Promise<Finding> {
  return probes.run({ subject: "state", late: "ERF5004" }, async () => {
    await requireWritable(store.path);
    const { bavail, bsize } = await statfs(dirname(store.path));
    return verdictOn(bavail * bsize, await bytesOf(store.path), store.maxSize);
  });
}

/** Throws StateError unless this user may write the directory, and the file where there is one. */
async function requireWritable(path: string): Promise<void> {
  try {
    await access(dirname(path), constants.W_OK | constants.X_OK);
    if (existsSync(path)) await access(path, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw new StateError("ERF5004", `this user cannot write ${path} (${messageOf(error)})`, error);
  }
}

async function bytesOf(path: string): Promise<number> {
  return existsSync(path) ? (await stat(path)).size : 0;
}

function verdictOn(free: number, used: number, maxSize: string): Verdict {
  const found = `${sizeText(free)} free`;
  const needed = Math.max(0, parseSize(maxSize) - used);
  if (free >= Math.max(needed, LEAST_BYTES)) return { message: `${found}, store.maxSize ${maxSize}` };
  if (free < LEAST_BYTES) return trouble("failed", "ERF5004", found, "Make room on its file system");
  const less = `${found}, and store.maxSize ${maxSize} lets it grow by ${sizeText(needed)}`;
  return trouble("warned", "ERF5004", `${less}: the disk would be full first`, "Make room, or lower store.maxSize");
}

function sizeText(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(0)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
