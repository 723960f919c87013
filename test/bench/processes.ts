/** Processes under measure: on which processor they run and what they have used. Linux only. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Processor time in /proc is counted in hundredths of a second. */
const TICKS_PER_SECOND = 100;

/** The subject runs alone on one processor; everything that serves it and measures it on the other. */
export const SUBJECT = ["taskset", "-c", "1"] as const;

/** Moves this process, and so whatever it starts from now on, to the processor that no subject uses. */
export function makeRoom(): void {
  const { status, stderr } = spawnSync("taskset", ["-a", "-c", "-p", "0", String(process.pid)]);
  if (status !== 0) throw new Error(`taskset: ${String(stderr)}`);
}

/** Processor time of a process since it began, in seconds. */
export function cpuSecondsOf(pid: number): number {
  const [, user, system] = /^\d+ \(.*\) (?:\S+ ){11}(\d+) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
  return (Number(user) + Number(system)) / TICKS_PER_SECOND;
}

/** Resident memory in bytes. */
export function residentBytesOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(?<kb>\d+)/.exec(status)?.groups?.["kb"]) * 1_024;
}
