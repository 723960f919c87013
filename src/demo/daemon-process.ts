/**
 * Runs the real daemon, this very program, as a child process with a configuration and a state of its own. Neither
 * outlives this process, unless it is killed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";

export class DaemonProcess {
  private readonly directory = mkdtempSync(join(tmpdir(), "entra-risk-forwarder-demo-"));
  private child: ChildProcess | undefined;
  private readonly cleanUp = () => {
    this.child?.kill("SIGKILL");
    rmSync(this.directory, { recursive: true, force: true });
  };

  /** Starts it with a configuration as an object and a client secret. */
  start(config: object, secret: string): void {
    const file = (name: string) => join(this.directory, name);
    writeFileSync(file("client-secret"), secret, { mode: 0o600 });
    writeFileSync(file("config.yaml"), stringify(config));
    const log = openSync(file("log"), "w", 0o600);
    const program = process.argv[1] ?? "";
    process.once("exit", this.cleanUp);
    // In a session of its own: the terminal's Ctrl-C must not end it before everything is delivered.
    this.child = spawn(process.execPath, [program, "run", "--config", "config.yaml"], {
      cwd: this.directory,
      detached: true,
      stdio: ["ignore", log, log],
    });
  }

  get isRunning(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** The last lines of its log, for when it ended too early. */
  lastLog(): string {
    return readFileSync(join(this.directory, "log"), "utf8").trimEnd().split("\n").slice(-10).join("\n");
  }

  /** Asks it to drain and end; answers its exit code. Removes its files. */
  async stop(): Promise<number | null> {
    const { child } = this;
    if (child && this.isRunning) {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
    this.cleanUp();
    process.off("exit", this.cleanUp);
    return child?.exitCode ?? null;
  }
}
