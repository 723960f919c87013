/**
 * Reads the first event of a state, once with no memory left to unpack its page and once with memory again. A program of its
 * own: its limit is the operating system's. Prints what came of both.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { ForwarderError } from "../../src/core/errors.ts";
import { openStore } from "../../src/store/sqlite/sqlite-store.ts";

const SPARE_KB = 2_000;
const KILOBYTE = 1_024;

const store = openStore(process.argv[2] ?? "", Date.now);

async function outcome(): Promise<string> {
  try {
    return `${[...(await store.after(0, 1))].length} event`;
  } catch (error) {
    return error instanceof ForwarderError ? `${error.name} ${error.code}` : String(error);
  }
}

function limit(bytes: number | string): void {
  execFileSync("prlimit", ["--pid", String(process.pid), `--as=${bytes}:`]);
}

const [, virtualKb] = /VmSize:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
limit((Number(virtualKb) + SPARE_KB) * KILOBYTE);
const without = await outcome();
limit("unlimited");
process.stdout.write(JSON.stringify([without, await outcome()]));
await store.close();
