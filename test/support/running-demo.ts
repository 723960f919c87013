/** The built program's `demo --forever --json` as a process, with a directory for temporary files of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { until } from "./poll.ts";

const PROGRAM = join(import.meta.dirname, "../../dist/main.js");

export class RunningDemo {
  private readonly directory = mkdtempSync(join(tmpdir(), "demo-"));
  readonly child = spawn(process.execPath, [PROGRAM, "demo", "--forever", "--json"], {
    env: { PATH: process.env["PATH"], TMPDIR: this.directory },
    stdio: ["ignore", "pipe", "pipe"],
  });
  private readonly closed = once(this.child, "close");
  private story = "";
  stdout = "";

  constructor() {
    this.child.stdout.on("data", (chunk: Buffer) => {
      this.stdout += chunk.toString();
    });
    this.child.stderr.on("data", (chunk: Buffer) => {
      this.story += chunk.toString();
    });
    onTestFinished(() => {
      this.child.kill("SIGKILL");
      rmSync(this.directory, { recursive: true, force: true });
    });
  }

  async untilDelivering(): Promise<void> {
    await until("the demo delivers", () => /delivered [1-9]/.test(this.story));
  }

  async untilTold(text: string): Promise<void> {
    await until(`the demo tells: ${text}`, () => this.story.includes(text));
  }

  /** Where a text stands among everything told. */
  placeOf(text: string): number {
    return this.story.indexOf(text);
  }

  async exitCode(): Promise<number | null> {
    await this.closed;
    return this.child.exitCode;
  }

  /** Stops the daemon as soon as there is one, until `seconds` of the demo are over with nothing delivered. */
  async delayDaemon(seconds: number): Promise<void> {
    await until("there is a daemon", () => this.processes().length > 0);
    const [pid] = this.processes();
    process.kill(Number(pid), "SIGSTOP");
    await until("the demo waits", () => this.secondsInVain() >= seconds);
    process.kill(Number(pid), "SIGCONT");
  }

  /** What it left in its directory, and the processes that still work there. */
  leftovers(): { files: string[]; processes: string[] } {
    return { files: readdirSync(this.directory), processes: this.processes() };
  }

  /** A busy machine leaves out a second now and then. */
  private secondsInVain(): number {
    const lines = this.story.matchAll(/^ *(?<seconds>\d+) s .* delivered 0 /gm);
    return Math.max(0, ...[...lines].map(({ groups }) => Number(groups?.["seconds"])));
  }

  private processes(): string[] {
    return readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && this.worksHere(pid));
  }

  private worksHere(pid: string): boolean {
    try {
      return readlinkSync(`/proc/${pid}/cwd`).startsWith(this.directory);
    } catch {
      // Not ours, or gone meanwhile.
      return false;
    }
  }
}
