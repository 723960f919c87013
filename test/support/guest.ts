/**
 * A real systemd: a minimal Debian in a directory, booted by systemd-nspawn. It shares this host's network, so that a
 * simulated Graph and a collector outside of it are on its loopback.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { until } from "./poll.ts";

/** What every guest is a copy of; made once for a machine, from Debian's archive. */
const BASE = "/var/cache/entra-risk-forwarder/bookworm";
const PACKAGES = "systemd,systemd-sysv,dbus";
/** What no guest needs. */
const DISPENSABLE = ["usr/share/doc", "usr/share/locale", "usr/share/man", "var/cache/apt", "var/lib/apt/lists"];
const BOOT_DEADLINE_MS = 180_000;

export interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface JournalEntry {
  readonly priority: number;
  readonly message: string;
  readonly pid: number;
}

/** Whether this user may boot one on this host. */
export function canBoot(): boolean {
  if (process.getuid?.() !== 0) return false;
  return ["systemd-nspawn", "debootstrap", "nsenter"].every((name) => spawnSync(name, ["--version"]).status === 0);
}

export class Guest {
  private readonly root = join(mkdtempSync(join(tmpdir(), "guest-")), "root");
  private machine: ChildProcess | undefined;
  private console = "";
  /** The guest's first process, as this host numbers it. */
  private leader = "";

  /** Boots a guest with the Node.js of the lock file as /usr/bin/node. */
  async boot(): Promise<void> {
    await makeBase();
    await finished("cp", ["-a", "--reflink=auto", BASE, this.root]);
    this.write("/etc/hosts", "127.0.0.1 localhost\n");
    this.machine = spawn("systemd-nspawn", [
      `--directory=${this.root}`,
      "--boot",
      "--register=no",
      "--keep-unit",
      "--quiet",
      "--console=pipe",
      `--bind-ro=${realpathSync(process.execPath)}:/usr/bin/node`,
    ]);
    for (const stream of [this.machine.stdout, this.machine.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.console += chunk.toString();
      });
    }
    await until("the guest has booted", () => this.hasBooted(), BOOT_DEADLINE_MS);
  }

  /** Runs a shell script in the guest, as its root. */
  run(script: string): Promise<Ran> {
    const environment = ["-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"];
    const shell = ["env", ...environment, "sh", "-c", `cd /root\n${script}`];
    return finished("nsenter", ["--target", this.leader, "--all", ...shell]);
  }

  /** Runs a shell script that must succeed; answers its standard output. */
  async must(script: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(script);
    if (exitCode !== 0) throw new Error(`${script}: exit code ${exitCode}\n${stdout}\n${stderr}`);
    return stdout.trim();
  }

  /** A property of a unit, as systemd has it. */
  property(unit: string, name: string): Promise<string> {
    return this.must(`systemctl show --value --property=${name} ${unit}`);
  }

  /** What a unit's processes have written, and systemd about it. */
  async journal(unit: string): Promise<JournalEntry[]> {
    const lines = await this.must(`journalctl --no-pager --output=json --unit=${unit}`);
    return lines
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("--"))
      .map((line) => {
        const entry: Readonly<Record<string, string>> = JSON.parse(line);
        const { PRIORITY, MESSAGE, _PID } = entry;
        return { priority: Number(PRIORITY), message: String(MESSAGE), pid: Number(_PID) };
      });
  }

  write(path: string, content: string, mode = 0o644): void {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, mode);
  }

  /** Copies a file of this host into the guest. */
  copy(from: string, path: string): void {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    cpSync(from, file);
    chmodSync(file, 0o644);
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { force: true });
  }

  exists(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  /** Ends as a machine is switched off, and leaves nothing behind. */
  async dispose(): Promise<void> {
    const { machine } = this;
    if (machine !== undefined && machine.exitCode === null) {
      const ended = once(machine, "exit");
      const kill = setTimeout(() => machine.kill("SIGKILL"), 60_000);
      await this.run("systemctl poweroff");
      await ended;
      clearTimeout(kill);
    }
    rmSync(dirname(this.root), { recursive: true, force: true });
  }

  private async hasBooted(): Promise<boolean> {
    const pid = this.machine?.pid;
    if (pid === undefined || this.machine?.exitCode !== null)
      throw new Error(`the guest does not boot: ${this.console}`);
    const { stdout } = await finished("ps", ["-o", "pid=", "--ppid", String(pid)]);
    this.leader = stdout.trim();
    if (this.leader === "") return false;
    const state = await this.run("systemctl is-system-running");
    return /running|degraded/.test(state.stdout);
  }
}

async function makeBase(): Promise<void> {
  if (existsSync(BASE)) return;
  mkdirSync(dirname(BASE), { recursive: true });
  const made = mkdtempSync(`${BASE}-`);
  const { exitCode, stdout } = await finished("debootstrap", [
    "--variant=minbase",
    `--include=${PACKAGES}`,
    "bookworm",
    made,
  ]);
  if (exitCode !== 0) throw new Error(`debootstrap: ${stdout.slice(-2_000)}`);
  for (const path of DISPENSABLE) rmSync(join(made, path), { recursive: true, force: true });
  chmodSync(made, 0o755);
  renameSync(made, BASE);
}

async function finished(file: string, args: readonly string[]): Promise<Ran> {
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  await once(child, "close");
  return { exitCode: child.exitCode, stdout, stderr };
}
