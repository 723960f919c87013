/** A real syslog collector as tests see it: a process that can be killed and started again on the same ports. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { connect as netConnect } from "node:net";
import { isNoticeLine } from "./notice-lines.ts";
import { until } from "./poll.ts";

export interface CollectorCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** TCP ports that accept connections when it is ready. */
  readonly readyPorts: readonly number[];
  /** File to which it writes one line per message, header and all. */
  readonly output: string;
}

export class CollectorProcess {
  private readonly command: CollectorCommand;
  private child: ChildProcess | undefined;
  private stderr = "";

  constructor(command: CollectorCommand) {
    this.command = command;
  }

  /** The file to which it writes one line per message. */
  get output(): string {
    return this.command.output;
  }

  /** Starts the process and waits until it accepts connections. */
  async start(): Promise<void> {
    const { file, args, env, readyPorts } = this.command;
    const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "pipe"] });
    this.child = child;
    child.stderr.on("data", (chunk: Buffer) => {
      this.stderr = (this.stderr + chunk.toString()).slice(-4_000);
    });
    await until(`${file} accepts connections: ${this.stderr}`, async () => {
      if (child.exitCode !== null) throw new Error(`${file} ended with ${child.exitCode}: ${this.stderr}`);
      const accepted = await Promise.all(readyPorts.map(accepts));
      return accepted.every(Boolean);
    });
  }

  /** Sends a signal and waits for the end of the process. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  /** For a collector that hangs: SIGSTOP, then SIGCONT. */
  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  async stop(): Promise<void> {
    await this.kill("SIGKILL");
  }

  /** The events that were stored so far, one string per message. */
  async lines(): Promise<string[]> {
    return (await this.all()).filter((line) => !isNoticeLine(line));
  }

  /** What the forwarder told about itself so far. */
  async notices(): Promise<string[]> {
    return (await this.all()).filter(isNoticeLine);
  }

  /** A line that is being written is left out. */
  private async all(): Promise<string[]> {
    if (!existsSync(this.command.output)) return [];
    const text = await readFile(this.command.output, "utf8");
    return text.split("\n").slice(0, -1);
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = netConnect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
