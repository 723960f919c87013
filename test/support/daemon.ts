/** The real daemon as a process of its own: the built program, a configuration file, a state file, real signals. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { until } from "./poll.ts";

/** A command in front of another that takes root's right to read everything away; nobody else has it. */
const NO_PRIVILEGES =
  process.getuid?.() === 0 ? (["setpriv", "--bounding-set=-dac_override,-dac_read_search"] as const) : [];

/** Whether a command can be run without root's privileges. */
export function canDropPrivileges(): boolean {
  const [file, ...argv] = [...NO_PRIVILEGES, "true"];
  return spawnSync(file, argv).status === 0;
}

const PROGRAM = join(import.meta.dirname, "../../dist/main.js");
const UNIT = join(import.meta.dirname, "../../systemd/entra-risk-forwarder.service");

/** What the shipped unit puts into the environment: it bounds the memory. */
const UNIT_ENVIRONMENT: NodeJS.ProcessEnv = Object.fromEntries(
  [...readFileSync(UNIT, "utf8").matchAll(/^Environment=(?<assignments>.*)$/gm)].flatMap(({ groups }) =>
    (groups?.["assignments"] ?? "").split(" ").map((assignment) => assignment.split(/=(.*)/s, 2)),
  ),
);

/** Half a second on a machine of its own; on one that runs many tests at once the processor is what it waits for. */
const START_DEADLINE_MS = 120_000;

export interface LogEntry {
  readonly level: string;
  readonly message: string;
  readonly [key: string]: unknown;
}

export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How the daemon is started where a plain start does not do. */
export interface Launch {
  /** Arguments for Node.js itself, such as a preload. */
  readonly node?: readonly string[];
  /** A command under which it runs as that command's own process, as it does under `strace -D`. */
  readonly under?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
}

/** A directory with a configuration, in which the daemon and the commands are run. */
export class Installation {
  readonly directory = mkdtempSync(join(tmpdir(), "installation-"));
  private readonly environment: NodeJS.ProcessEnv;
  private child: ChildProcess | undefined;
  private output = "";
  /** What the daemon itself wrote: lines of other processes would cut its own into pieces. */
  private logged = "";
  /** Length of the log when the daemon was last started. */
  private launchedAt = 0;

  constructor(environment: NodeJS.ProcessEnv = {}) {
    this.environment = { PATH: process.env["PATH"], ...UNIT_ENVIRONMENT, ...environment };
  }

  /** Writes a file and answers its path. */
  write(name: string, content: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  }

  configure(config: object | string): void {
    this.write("config.yaml", typeof config === "string" ? config : stringify(config));
  }

  /** Everything that any of its processes wrote to standard output and standard error. */
  get everything(): string {
    return this.output;
  }

  get log(): LogEntry[] {
    return entriesOf(this.logged);
  }

  /** What the daemon has logged since it was last started. */
  get latestLog(): LogEntry[] {
    return entriesOf(this.logged.slice(this.launchedAt));
  }

  get pid(): number {
    const { pid } = this.child ?? {};
    if (pid === undefined) throw new Error("the daemon does not run");
    return pid;
  }

  get isRunning(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  get residentBytes(): number {
    const status = readFileSync(`/proc/${this.child?.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(?<kb>\d+)/.exec(status)?.groups?.["kb"]) * 1024;
  }

  /** Starts the daemon and waits for nothing. */
  launch(launch: Launch = {}): void {
    this.launchedAt = this.logged.length;
    this.child = this.spawn(["run", "--config", "config.yaml"], launch);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (text: string) => {
        this.logged += text;
      });
    }
  }

  /** Starts the daemon and waits until it says so. */
  async start(launch: Launch = {}): Promise<void> {
    this.launch(launch);
    const isStarted = () => {
      if (!this.isRunning) throw new Error(`the daemon ended with ${this.child?.exitCode}:\n${this.output}`);
      return this.latestLog.some(({ message }) => message === "started");
    };
    await until("the daemon says that it started", isStarted, START_DEADLINE_MS);
  }

  /** Sends the daemon a signal. */
  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Whether the daemon has a handler for a signal of this number. */
  catches(number: number): boolean {
    const status = readFileSync(`/proc/${this.child?.pid}/status`, "utf8");
    const caught = BigInt(`0x${/SigCgt:\s+(?<mask>\w+)/.exec(status)?.groups?.["mask"] ?? 0}`);
    return (caught & (1n << BigInt(number - 1))) !== 0n;
  }

  /** Has the daemon read its configuration again; answers what it says of it. */
  async reload(): Promise<LogEntry> {
    const before = this.reloads.length;
    this.signal("SIGHUP");
    await until("the daemon answers SIGHUP", () => this.reloads.length > before);
    return this.reloads.at(-1)!;
  }

  /** What the daemon said of each reload. */
  get reloads(): LogEntry[] {
    return this.log.filter(({ message }) => message.startsWith("configuration "));
  }

  /** Waits for the end of a daemon that ends without being told to; answers its exit code or its signal. */
  async ended(): Promise<number | NodeJS.Signals | null> {
    const { child } = this;
    await until("the daemon ends", () => !this.isRunning, START_DEADLINE_MS);
    this.child = undefined;
    return child?.exitCode ?? child?.signalCode ?? null;
  }

  /** Ends the daemon and answers its exit code; null after a kill. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    const { child } = this;
    this.child = undefined;
    if (child === undefined) return null;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, "exit");
    }
    return child.exitCode;
  }

  /** Runs a command to its end. */
  async run(...argv: string[]): Promise<Finished> {
    return this.finished(this.spawn(argv));
  }

  /** Runs a command to its end with more variables in its environment. */
  async runWith(environment: NodeJS.ProcessEnv, ...argv: string[]): Promise<Finished> {
    return this.finished(this.spawn(argv, { environment }));
  }

  /** Runs a command to its end as a user who may not look into what is closed to him, which root always may. */
  async runWithoutPrivileges(...argv: string[]): Promise<Finished> {
    return this.finished(this.spawn(argv, { under: NO_PRIVILEGES }));
  }

  async dispose(): Promise<void> {
    await this.stop("SIGKILL");
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async finished(child: ChildProcess): Promise<Finished> {
    let stdout = "";
    let stderr = "";
    child.stdout?.on("data", (text: string) => {
      stdout += text;
    });
    child.stderr?.on("data", (text: string) => {
      stderr += text;
    });
    await once(child, "close");
    return { exitCode: child.exitCode, stdout, stderr };
  }

  private spawn(argv: readonly string[], { node = [], under = [], environment }: Launch = {}): ChildProcess {
    const [file = process.execPath, ...args] = [...under, process.execPath, ...node, PROGRAM, ...argv];
    const child = spawn(file, args, {
      cwd: this.directory,
      env: { ...this.environment, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    }
    return child;
  }
}

/** How often something was said, what was summed up included. */
export function said(log: readonly LogEntry[], message: string): number {
  let count = 0;
  for (const entry of log.filter((line) => line.message === message)) count += Number(entry["more"] ?? 1);
  return count;
}

/** What was logged; a line still being written is left out. */
export function entriesOf(output: string): LogEntry[] {
  return output
    .split("\n")
    .slice(0, -1)
    .filter((line) => line.startsWith("{"))
    .map((line): LogEntry => JSON.parse(line));
}
