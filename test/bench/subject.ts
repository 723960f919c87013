/** A program of its own that stands against the daemon: alone on the subject's processor, with orders and a result. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { SUBJECT } from "./processes.ts";

/** What such a program prints. */
export interface Result {
  readonly records: number;
  readonly cpuSeconds: number;
  readonly seconds: number;
}

/** Runs a file of this folder to its end. Throws when it prints no result, or read another number of records. */
export async function runSubject(file: string, orders: object, records: number): Promise<Result> {
  const [taskset, ...cpu] = SUBJECT;
  const program = join(import.meta.dirname, file);
  const child = spawn(taskset, [...cpu, process.execPath, program], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify(orders));
  const result: Result = JSON.parse(await text(child.stdout));
  if (result.records !== records) throw new Error(`${file} read ${result.records} records instead of ${records}`);
  return result;
}
