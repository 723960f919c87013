/** strace, which lets system calls of a real process fail or kills it at one of them. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { until } from "./poll.ts";

/** Whether it is installed and may look at a process that is not its own child. */
export async function isStraceUsable(): Promise<boolean> {
  if (spawnSync("strace", ["-V"]).status !== 0) return false;
  const other = spawn("sleep", ["60"]);
  const calls = new FailingCalls("/dev/null");
  try {
    await calls.attach(other.pid ?? 0, { files: [], calls: ["pwrite64"], error: "EIO", each: 1 });
    return true;
  } catch {
    return false;
  } finally {
    await calls.detach();
    other.kill("SIGKILL");
  }
}

/** Arguments for starting a program that SIGKILL ends at its n-th write to a file. */
export function killedAtWrite(file: string, call: number, trace: string): string[] {
  const injection = ["-e", "trace=pwrite64", "-e", `inject=pwrite64:signal=SIGKILL:when=${call}`];
  return ["strace", "-D", "-f", "-o", trace, "-P", file, ...injection];
}

/** System calls of a running process that fail, as long as this is attached. */
export class FailingCalls {
  private readonly trace: string;
  private tracer: ChildProcess | undefined;

  constructor(trace: string) {
    this.trace = trace;
  }

  /** Lets every n-th of these calls on these files fail with an error such as EIO. */
  async attach(pid: number, { files, calls, error, each }: Failure): Promise<void> {
    const injection = `inject=${calls.join(",")}:error=${error}:when=${each}+${each}`;
    const paths = files.flatMap((file) => ["-P", file]);
    const options = ["-f", "-o", this.trace, "-e", `trace=${calls.join(",")}`, "-e", injection, ...paths];
    const tracer = spawn("strace", [...options, "-p", String(pid)], { stdio: ["ignore", "ignore", "pipe"] });
    this.tracer = tracer;
    let said = "";
    tracer.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    await until("strace is attached", () => {
      if (tracer.exitCode !== null) throw new Error(`strace ended: ${said}`);
      return said.includes("attached");
    });
  }

  /** How many calls have failed. */
  get count(): number {
    return existsSync(this.trace) ? readFileSync(this.trace, "utf8").split("(INJECTED)").length - 1 : 0;
  }

  /** Lets go of the process, which goes on. */
  async detach(): Promise<void> {
    const { tracer } = this;
    this.tracer = undefined;
    if (tracer === undefined || tracer.exitCode !== null) return;
    const ended = once(tracer, "exit");
    tracer.kill("SIGINT");
    await ended;
  }
}

interface Failure {
  readonly files: readonly string[];
  readonly calls: readonly string[];
  readonly error: "EIO" | "ENOSPC";
  readonly each: number;
}
