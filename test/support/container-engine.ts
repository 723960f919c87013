/**
 * podman as the container engine: it builds a Dockerfile and runs what comes out as Docker does, with an OCI runtime, a
 * process 1 of its own and a read-only root. The network is this host's, so that the simulator can be reached.
 */
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BASE_IMAGES, type BaseImage } from "./base-images.ts";
import type { Finished } from "./daemon.ts";

/** Images stay from run to run. */
const STORAGE = "/var/cache/entra-risk-forwarder-containers";
const ROOT = join(import.meta.dirname, "../..");

/** A base image is made anew when this changes. */
const RECIPE = createHash("sha256")
  .update(readFileSync(join(import.meta.dirname, "base-images.ts")))
  .update(process.version)
  .digest("hex");

/** crun knows a pure cgroup hierarchy of either version only; a mixed one is made pure out of the others' sight. */
const ALONE = ["--mount", "sh", "-c", 'umount /sys/fs/cgroup/unified 2>/dev/null; exec podman "$@"', "podman"] as const;
const ENGINE = ["--root", STORAGE, "--runroot", "/run/entra-risk-forwarder-containers", "--runtime", "crun"] as const;

/** What replaces Docker's own ways where there is neither its daemon nor a right to make networks and control groups. */
const HERE = ["--network=host", "--cgroups=disabled", "--ulimit=nofile=1024:4096", "--ulimit=nproc=1000:1000"] as const;

export function isContainerEngineInstalled(): boolean {
  const commands = ["podman", "crun", "unshare", "apt-get", "dpkg-deb"];
  return process.getuid?.() === 0 && commands.every(isInstalled);
}

function isInstalled(command: string): boolean {
  return spawnSync(command, ["--version"]).error === undefined;
}

/** Runs a command of the engine to its end. */
export async function engine(...argv: readonly string[]): Promise<Finished> {
  return new Promise((resolve) => {
    const options = { encoding: "utf8", maxBuffer: 2 ** 28 } as const;
    const child = execFile("unshare", [...ALONE, ...ENGINE, ...argv], options, (_error, stdout, stderr) => {
      resolve({ exitCode: child.exitCode, stdout, stderr });
    });
  });
}

/** The same, for what must succeed; answers its output. */
export async function engineOutput(...argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await engine(...argv);
  if (exitCode !== 0) throw new Error(`${argv.join(" ")} ended with ${exitCode}:\n${stdout}${stderr}`);
  return stdout.trim();
}

/** Options of `run` are Docker's. */
export async function startContainer(image: string, options: readonly string[], ...command: string[]): Promise<string> {
  return engineOutput("run", "--detach", ...HERE, "--read-only-tmpfs=false", ...options, image, ...command);
}

/** Runs a container to its end and removes it. */
export async function runContainer(image: string, options: readonly string[], ...command: string[]): Promise<Finished> {
  return engine("run", "--rm", ...HERE, ...options, image, ...command);
}

/** Builds the Dockerfile of this directory. */
export async function buildImage(name: string): Promise<void> {
  for (const base of BASE_IMAGES) await provide(base);
  const cache = execFileSync("npm", ["config", "get", "cache"], { encoding: "utf8" }).trim();
  mkdirSync(cache, { recursive: true });
  const options = ["--isolation=chroot", "--network=host", "--pull=never", "--layers", "--format=docker"];
  const volumes = [`--volume=${cache}:/root/.npm`, "--volume=/etc/ssl/certs:/etc/ssl/certs:ro"];
  await engineOutput("build", ...options, ...volumes, "--tag", name, ROOT);
}

async function provide({ name, changes, fill }: BaseImage): Promise<void> {
  const found = await engine("image", "inspect", "--format", "{{json .Labels}}", name);
  if (found.exitCode === 0 && found.stdout.includes(RECIPE)) return;
  const root = mkdtempSync(join(tmpdir(), "base-image-"));
  const archive = `${root}.tar`;
  try {
    fill(root);
    execFileSync("tar", ["--create", "--file", archive, "--directory", root, "."]);
    const all = [`LABEL recipe=${RECIPE}`, ...changes].flatMap((change) => ["--change", change]);
    await engineOutput("import", ...all, archive, name);
  } finally {
    rmSync(root, { recursive: true, force: true });
    rmSync(archive, { force: true });
  }
}
