/** The forwarder in a container as `compose.yaml` runs it, between a simulated Graph and a real collector. */
import { chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { CollectorProcess } from "./collector.ts";
import { DOCKER, readCompose, runOptions } from "./compose.ts";
import { engine, engineOutput, runContainer, startContainer } from "./container-engine.ts";
import { entriesOf, type Finished, type LogEntry } from "./daemon.ts";
import { until } from "./poll.ts";
import { freePort } from "./ports.ts";
import { Scenario, SECRET } from "./scenario.ts";

/** In the image. */
export const CONFIG_FILE = "/etc/entra-risk-forwarder/config.yaml";
/** As in the Dockerfile. */
const USER = 65_532;

export class Container {
  readonly name = `forwarder-${process.pid}-${Math.random().toString(36).slice(2, 10)}`;
  readonly scenario = new Scenario();
  private readonly image: string;
  private collector: CollectorProcess | undefined;

  constructor(image: string) {
    this.image = image;
  }

  get volume(): string {
    return `${this.name}-state`;
  }

  /** Starts Graph and a collector with the configuration that compose.yaml gives it, and writes the forwarder's files. */
  async prepare(): Promise<void> {
    await this.scenario.start();
    const port = await freePort();
    this.collector = await startCollector(this.scenario.directory, port);
    mkdirSync(this.file("forwarder"));
    const shipped = parse(readFileSync(join(DOCKER, "forwarder/config.yaml"), "utf8"));
    const [tenant] = this.scenario.config().tenants;
    const { sources } = this.scenario.config();
    this.configure({
      ...shipped,
      tenants: [{ ...shipped.tenants[0], ...tenant, credential: shipped.tenants[0].credential }],
      sources,
      sinks: [{ ...shipped.sinks[0], port }],
      http: { listen: String(shipped.http.listen).replace(/\d+$/, String(await freePort())) },
    });
    writeFileSync(this.file("secret"), SECRET, { mode: 0o400 });
    chownSync(this.file("secret"), USER, USER);
  }

  configure(config: object): void {
    writeFileSync(this.file("forwarder/config.yaml"), stringify(config));
  }

  /** Options of `run` as compose.yaml has them. */
  get options(): string[] {
    const places = { "./forwarder": this.file("forwarder"), state: this.volume, contoso: this.file("secret") };
    return ["--add-host=collector:127.0.0.1", ...runOptions(readCompose().services.forwarder, places)];
  }

  async start(): Promise<void> {
    await startContainer(this.image, [`--name=${this.name}`, ...this.options]);
    await this.untilStarted(1);
  }

  /** Starts it again after a stop. */
  async startAgain(): Promise<void> {
    await engineOutput("start", this.name);
    await this.untilStarted(2);
  }

  /** Stops it as compose does; answers its exit code, 137 where it had to be killed. */
  async stop(): Promise<number> {
    const seconds = readCompose().services.forwarder.stop_grace_period?.replace("s", "") ?? "";
    await engineOutput("stop", "--time", seconds, this.name);
    return Number(await engineOutput("inspect", "--format", "{{.State.ExitCode}}", this.name));
  }

  /** Runs it to its end with a command of the program. */
  async run(...argv: readonly string[]): Promise<Finished> {
    const name = `${this.name}-${Math.random().toString(36).slice(2, 10)}`;
    await startContainer(this.image, [`--name=${name}`, ...this.options], ...argv);
    const exitCode = Number(await engineOutput("wait", name));
    const { stdout, stderr } = await engine("logs", name);
    await engine("rm", "--force", name);
    return { exitCode, stdout, stderr };
  }

  /** Runs a command of the program in the running container. */
  async exec(...argv: readonly string[]): Promise<Finished> {
    return engine("exec", this.name, "node", "/app/dist/main.js", ...argv, "--config", CONFIG_FILE);
  }

  /** Evaluates an expression with the image's Node.js in the running container. */
  async evaluate(expression: string): Promise<unknown> {
    return JSON.parse(await engineOutput("exec", this.name, "node", "-p", `JSON.stringify(${expression})`));
  }

  /** A new directory of the host that the image's user may write. */
  userDirectory(name: string): string {
    const directory = this.file(name);
    mkdirSync(directory, { mode: 0o700 });
    chownSync(directory, USER, USER);
    return directory;
  }

  /** What is in a directory of the volume; asked as root, who may look everywhere. */
  async files(directory: string): Promise<string[]> {
    const volume = `--volume=${this.volume}:/state:ro`;
    const { stdout } = await runContainer("docker.io/library/busybox", [volume], "ls", `/state/${directory}`);
    return stdout.trim().split("\n");
  }

  /** The image's own health check. */
  async health(): Promise<number | null> {
    return (await engine("healthcheck", "run", this.name)).exitCode;
  }

  async log(): Promise<LogEntry[]> {
    const { stdout, stderr } = await engine("logs", this.name);
    return entriesOf(stdout + stderr);
  }

  async untilDelivered(): Promise<void> {
    await until("everything is delivered", async () => (await this.compare()).lost.length === 0, 150_000);
  }

  async compare() {
    return this.scenario.compare(await this.collector?.lines());
  }

  async dispose(): Promise<void> {
    await engine("rm", "--force", "--time", "0", this.name);
    await engine("volume", "rm", "--force", this.volume);
    await this.collector?.stop();
    await this.scenario.dispose();
  }

  private file(name: string): string {
    return join(this.scenario.directory, name);
  }

  private async untilStarted(times: number): Promise<void> {
    const isStarted = async () => (await this.log()).filter(({ message }) => message === "started").length >= times;
    await until(`${this.name} says that it started`, isStarted, 120_000);
  }
}

/** With its port and its file where a test can have them; otherwise as it is shipped. */
async function startCollector(directory: string, port: number): Promise<CollectorProcess> {
  const output = join(directory, "events.cef");
  const file = join(directory, "collector.conf");
  const shipped = readFileSync(join(DOCKER, "collector/rsyslog.conf"), "utf8");
  writeFileSync(file, shipped.replace('port="2514"', `port="${port}"`).replace("/var/log/entra/events.cef", output));
  const collector = new CollectorProcess({
    file: "rsyslogd",
    args: ["-n", "-iNONE", "-f", file],
    readyPorts: [port],
    output,
  });
  await collector.start();
  return collector;
}
