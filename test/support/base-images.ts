/**
 * Stand-ins for the images that the Dockerfile begins with, under their names, where no registry can be reached: made of
 * Debian packages that are only unpacked, as distroless images are, and of the Node.js of the lock file. They are
 * Debian 12 where the real ones are Debian 13.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const C_LIBRARIES = ["base-files", "netbase", "tzdata", "libc6", "libgcc-s1", "libgomp1", "libstdc++6", "libssl3"];
const SHELL = ["bash", "dash", "coreutils", "findutils", "sed", "grep", "libtinfo6", "libselinux1", "libpcre2-8-0"];
const SHELL_LIBRARIES = ["libacl1", "libattr1", "libgmp10"];
const BINUTILS = ["binutils-common", "libbinutils", "libctf0", "libjansson4", "zlib1g", "libzstd1", "libgprofng0"];

const NONROOT = ["USER 65532", "WORKDIR /home/nonroot", "ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"];
const PATH = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export interface BaseImage {
  readonly name: string;
  /** Instructions of a Dockerfile, as `podman import --change` takes them. */
  readonly changes: readonly string[];
  /** Fills an empty directory. */
  readonly fill: (root: string) => void;
}

/** As in `FROM`. */
export const BASE_IMAGES: readonly BaseImage[] = [
  { name: "gcr.io/distroless/cc-debian13:nonroot", changes: [PATH, ...NONROOT], fill: fillRuntime },
  { name: "docker.io/library/node:24-trixie", changes: [PATH], fill: fillBuild },
  { name: "docker.io/library/busybox:latest", changes: [PATH], fill: fillBusybox },
];

function fillRuntime(root: string): void {
  unpack(root, C_LIBRARIES);
  for (const name of ["usr/share/doc", "usr/share/lintian", "usr/share/man"]) rmSync(join(root, name), FORCE);
  copy("/etc/ssl/certs/ca-certificates.crt", root);
  mkdirSync(join(root, "home/nonroot"), { recursive: true });
  writeFileSync(
    join(root, "etc/passwd"),
    "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532::/home/nonroot:/sbin/nologin\n",
  );
  writeFileSync(join(root, "etc/group"), "root:x:0:\nnonroot:x:65532:\n");
}

/** npm is this host's own; what it keeps in its cache needs no network. */
function fillBuild(root: string): void {
  unpack(root, [...C_LIBRARIES, ...SHELL, ...SHELL_LIBRARIES, ...binutils()]);
  copy("/etc/ssl/certs/ca-certificates.crt", root);
  const npm = join(execFileSync("npm", ["root", "--global"], { encoding: "utf8" }).trim(), "npm");
  cpSync(npm, join(root, "usr/local/lib/node_modules/npm"), { recursive: true });
  cpSync(process.execPath, join(root, "usr/local/bin/node"), { dereference: true });
  symlinkSync("../lib/node_modules/npm/bin/npm-cli.js", join(root, "usr/local/bin/npm"));
  mkdirSync(join(root, "usr/local/etc"), { recursive: true });
  writeFileSync(
    join(root, "usr/local/etc/npmrc"),
    "prefer-offline=true\ncafile=/etc/ssl/certs/ca-certificates.crt\nupdate-notifier=false\n",
  );
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
}

/** What the README restores a volume with: its file commands under their names. */
function fillBusybox(root: string): void {
  unpack(root, ["busybox-static"]);
  for (const name of ["sh", "mkdir", "mv", "cp", "chmod", "chown", "ls"])
    symlinkSync("busybox", join(root, "usr/bin", name));
}

const FORCE = { recursive: true, force: true } as const;

/** `binutils` itself only brings links to the platform's. */
function binutils(): string[] {
  return ["binutils", `binutils-${process.arch === "arm64" ? "aarch64" : "x86-64"}-linux-gnu`, ...BINUTILS];
}

function copy(file: string, root: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  cpSync(file, join(root, file), { dereference: true });
}

/** Into a merged /usr, as Debian has it. */
function unpack(root: string, packages: readonly string[]): void {
  const directory = mkdtempSync(join(tmpdir(), "packages-"));
  try {
    execFileSync("apt-get", ["download", "-qq", ...packages], { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
    for (const name of ["bin", "sbin", "lib", "lib64"]) {
      mkdirSync(join(root, "usr", name), { recursive: true });
      symlinkSync(join("usr", name), join(root, name));
    }
    for (const file of readdirSync(directory)) {
      const bytes = execFileSync("dpkg-deb", ["--fsys-tarfile", file], { cwd: directory, maxBuffer: 2 ** 30 });
      execFileSync("tar", ["--extract", "--keep-directory-symlink", "--directory", root], { input: bytes });
    }
  } finally {
    rmSync(directory, FORCE);
  }
}
