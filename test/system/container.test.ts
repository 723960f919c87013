/** The image that the Dockerfile makes, run as `config/docker/compose.yaml` runs it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { CONFIG_FILE, Container } from "../support/container.ts";
import { buildImage, engineOutput, isContainerEngineInstalled, runContainer } from "../support/container-engine.ts";
import { until } from "../support/poll.ts";
import { isImrelpInstalled } from "../support/rsyslog.ts";
import { every, NOTHING_WRONG } from "../support/scenario.ts";

const IMAGE = "localhost/entra-risk-forwarder:test";
const ROOT = join(import.meta.dirname, "../..");
/** With the base images to be made and nothing in a cache it takes two minutes on two busy cores. */
const BUILD_DEADLINE_MS = 900_000;

async function prepared(): Promise<Container> {
  const container = new Container(IMAGE);
  onTestFinished(() => container.dispose());
  await container.prepare();
  return container;
}

const canRun = isContainerEngineInstalled() && isImrelpInstalled();

describe.skipIf(!canRun)("the container (needs root, podman, crun and rsyslogd with imrelp)", () => {
  beforeAll(() => buildImage(IMAGE), BUILD_DEADLINE_MS);

  it("forwards, says how it is, reloads, ends with 0 in time and goes on where it was", async () => {
    const container = await prepared();
    container.scenario.show("signIns", every(300, 1_000, 1_000));
    container.scenario.show("riskDetections", every(20, 60_000));

    await container.start();
    await container.untilDelivered();
    const healthy = await container.health();
    const status = await container.exec("status");
    await engineOutput("kill", "--signal", "HUP", container.name);
    await until("it has reloaded", async () =>
      (await container.log()).some(({ message }) => message === "configuration unchanged"),
    );
    const exitCode = await container.stop();
    container.scenario.show("riskDetections", [0]);
    await container.startAgain();
    await container.untilDelivered();

    expect(healthy).toBe(0);
    expect(status).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("guarantee: acknowledged") });
    expect(exitCode).toBe(0);
    expect(await container.stop()).toBe(0);
    expect(await container.compare()).toEqual(NOTHING_WRONG);
  });

  it("is unhealthy while its process is stopped, and healthy again when it goes on", async () => {
    const container = await prepared();
    await container.start();

    await engineOutput("kill", "--signal", "STOP", container.name);
    const stopped = await container.health();
    await engineOutput("kill", "--signal", "CONT", container.name);

    expect(stopped).toBe(1);
    expect(await container.health()).toBe(0);
  });

  it("runs as process 1 of a user without any right, in a root that cannot be written", async () => {
    const container = await prepared();
    await container.start();

    const status = String(await container.evaluate('require("fs").readFileSync("/proc/1/status", "utf8")'));

    expect(status).toMatch(/^Uid:\t65532\t65532\t65532\t65532$/m);
    expect(status).toMatch(/^Gid:\t65532\t65532\t65532\t65532$/m);
    expect(status).toMatch(/^CapEff:\t0+$/m);
    expect(status).toMatch(/^CapBnd:\t0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(await container.evaluate(writing("/tmp/x"))).toBe("EROFS");
    expect(await container.evaluate(writing("/var/lib/entra-risk-forwarder/x"))).toBe("written");
    expect(await container.evaluate('require("fs").statSync("/var/lib/entra-risk-forwarder").mode & 0o777')).toBe(
      0o700,
    );
  });

  it("exits 78 and names the line when the configuration is wrong, or the secret is not there", async () => {
    const container = await prepared();
    const without = new Container(IMAGE);
    onTestFinished(() => without.dispose());
    await without.prepare();
    container.configure({ tenants: [] });
    writeFileSync(join(without.scenario.directory, "secret"), "");

    const wrong = await container.run("run", "--config", CONFIG_FILE);
    const unread = await without.run("run", "--config", CONFIG_FILE);

    expect(wrong).toMatchObject({
      exitCode: 78,
      stderr: expect.stringMatching(/^ERF1001 \/etc\/entra-risk-forwarder/),
    });
    expect(unread).toMatchObject({ exitCode: 78, stderr: expect.stringContaining("/run/secrets/contoso") });
  });

  it("backs up beside the running daemon into a directory of the host, and restores as the README says", async () => {
    const container = await prepared();
    const directory = container.userDirectory("backup");
    const command = ["state", "backup", "/backup/erf-state.db", "--config", CONFIG_FILE];
    const volumes = [`--volume=${container.volume}:/state`, `--volume=${directory}:/backup:ro`];
    container.scenario.show("riskDetections", every(20, 60_000));
    await container.start();
    await container.untilDelivered();

    const backup = await runContainer(
      IMAGE,
      [`--volumes-from=${container.name}`, `--volume=${directory}:/backup`],
      ...command,
    );
    await container.stop();
    const restored = await runContainer(
      "docker.io/library/busybox",
      volumes,
      "sh",
      "-c",
      quotedInReadme("mkdir -m 0700"),
    );
    container.scenario.show("riskDetections", [0]);
    await container.startAgain();
    await container.untilDelivered();

    expect(backup.stdout).toMatch(/^\/backup\/erf-state\.db: schema \d+, \d+ events/);
    expect(restored).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await container.files("old")).toContain("state.db");
    expect(await container.compare()).toEqual(NOTHING_WRONG);
  });
});

/** An expression that tries to write a file. */
function writing(path: string): string {
  return `(() => { try { require("fs").writeFileSync("${path}", ""); return "written"; } catch (e) { return e.code; } })()`;
}

/** The part of the README in quotes that begins so. */
function quotedInReadme(start: string): string {
  const text = readFileSync(join(ROOT, "README.md"), "utf8");
  const from = text.indexOf(`'${start}`);
  if (from < 0) throw new Error(`the README does not say ${start}`);
  return text.slice(from + 1, text.indexOf("'", from + 1));
}

describe.skipIf(!canRun)("the image (needs root, podman, crun and rsyslogd with imrelp)", () => {
  beforeAll(() => buildImage(IMAGE), BUILD_DEADLINE_MS);

  it("says what it is, who runs it and how its health is asked for", async () => {
    const [image] = JSON.parse(await engineOutput("image", "inspect", IMAGE));

    expect(image.Config).toMatchObject({
      User: "65532:65532",
      Entrypoint: ["node", "/app/dist/main.js"],
      Cmd: ["run", "--config", CONFIG_FILE],
      Volumes: { "/var/lib/entra-risk-forwarder": {} },
      StopSignal: "SIGTERM",
      Labels: {
        "org.opencontainers.image.title": "entra-risk-forwarder",
        "org.opencontainers.image.licenses": "Apache-2.0",
      },
    });
    expect(image.Healthcheck ?? image.Config.Healthcheck).toMatchObject({
      Test: ["CMD", "node", "/app/dist/main.js", "health", "--config", CONFIG_FILE],
    });
    process.stderr.write(`the image is ${(image.Size / 1e6).toFixed(1)} MB\n`);
    expect(image.Size).toBeLessThan(150e6);
  });

  it("holds the program, its packages and Node.js: no shell, no build tool, no configuration, no secret", async () => {
    const files = await filesOf(IMAGE);
    const programs = files.filter((file) => /^(usr\/)?(local\/)?s?bin\/./.test(file));
    const app = new Set(files.filter((file) => file.startsWith("app/")).map((file) => file.split("/")[1]));
    const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
    const packages = new Set(
      files.map((file) => /^app\/(?<name>node_modules\/(@[^/]+\/)?[^/]+)\//.exec(file)?.groups?.["name"]),
    );
    const onlyBuilds = [...packages].filter(
      (name) => name !== undefined && (lock.packages[name]?.dev || lock.packages[name]?.optional),
    );

    expect(programs).toEqual(["usr/bin/node"]);
    expect(app).toEqual(new Set(["dist", "node_modules", "package.json"]));
    expect(packages.size).toBeGreaterThan(20);
    expect(onlyBuilds).toEqual([]);
    expect(
      files.filter((file) => /\.(ya?ml|pem|key|env|db|map)$|secret$|\.npmrc$/.test(file) && file.startsWith("app/")),
    ).toEqual([]);
  });

  it("shows the demo without a tenant", async () => {
    const { exitCode, stdout } = await runContainer(IMAGE, [], "demo", "--json");

    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({ lost: 0, duplicated: 0 });
    expect(exitCode).toBe(0);
  });
});

/** Paths of all regular files and links. */
async function filesOf(image: string): Promise<string[]> {
  const walk = `const { readdirSync } = require("fs");
    const skipped = ["proc", "sys", "dev"];
    const list = (path) => readdirSync("/" + path, { withFileTypes: true }).flatMap((entry) => {
      const inner = path === "" ? entry.name : path + "/" + entry.name;
      if (!entry.isDirectory()) return [inner];
      return skipped.includes(inner) ? [] : list(inner);
    });
    console.log(list("").join("\\n"))`;
  const { stdout } = await runContainer(image, ["--user=0", "--entrypoint=node"], "-e", walk);
  return stdout.trim().split("\n");
}
