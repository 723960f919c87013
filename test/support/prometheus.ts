/** A real Prometheus, with the shipped configuration and rules but shorter times. */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CollectorProcess } from "./collector.ts";
import { until } from "./poll.ts";
import { freePort } from "./ports.ts";

const PROMETHEUS_CONFIG = join(import.meta.dirname, "../../config/prometheus");

interface FiringAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: string;
}

export function isPrometheusInstalled(): boolean {
  return [promtool("--version"), spawnSync("prometheus", ["--version"])].every(({ status }) => status === 0);
}

/** Runs promtool where the shipped rules are. */
export function promtool(...argv: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync("promtool", argv, { cwd: PROMETHEUS_CONFIG, encoding: "utf8" });
}

/** Whatever promtool objects to in an exposition. */
export function lintMetrics(exposition: string): string {
  const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
    input: exposition,
    encoding: "utf8",
  });
  return status === 0 ? stdout + stderr : `exit code ${status}: ${stdout}${stderr}`;
}

export class Prometheus {
  private readonly process: CollectorProcess;
  private readonly origin: string;

  private constructor(process: CollectorProcess, origin: string) {
    this.process = process;
    this.origin = origin;
  }

  /** Starts it with its files in a directory, to scrape one target every second. */
  static async start(directory: string, target: string): Promise<Prometheus> {
    mkdirSync(directory, { recursive: true });
    const config = shipped("prometheus.yaml").replace("127.0.0.1:9464", target).replaceAll("30s", "1s");
    writeFileSync(join(directory, "prometheus.yaml"), config);
    writeFileSync(join(directory, "alerts.yaml"), shipped("alerts.yaml").replaceAll(/^( +for:) \d+[mhd]$/gm, "$1 2s"));
    const port = await freePort();
    const args = [
      `--config.file=${join(directory, "prometheus.yaml")}`,
      `--storage.tsdb.path=${join(directory, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    const output = join(directory, "no-output");
    const process = new CollectorProcess({ file: "prometheus", args, readyPorts: [port], output });
    await process.start();
    const origin = `http://127.0.0.1:${port}`;
    await until("Prometheus is ready", async () => (await fetch(`${origin}/-/ready`)).ok);
    return new Prometheus(process, origin);
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  /** The alerts that fire now. */
  async firing(): Promise<readonly FiringAlert[]> {
    const { alerts }: { alerts: readonly FiringAlert[] } = await this.ask("/api/v1/alerts");
    return alerts.filter(({ state }) => state === "firing");
  }

  /** The values of an expression; throws when Prometheus refuses it. */
  async query(expression: string): Promise<readonly number[]> {
    const { result }: { result: readonly { value: readonly [number, string] }[] } = await this.ask(
      `/api/v1/query?query=${encodeURIComponent(expression)}`,
    );
    return result.map(({ value }) => Number(value[1]));
  }

  private async ask<T>(path: string): Promise<T> {
    const response = await fetch(this.origin + path);
    const answer: { status: string; error?: string; data: T } = JSON.parse(await response.text());
    if (answer.status !== "success") throw new Error(`${path}: ${answer.error}`);
    return answer.data;
  }
}

function shipped(name: string): string {
  return readFileSync(join(PROMETHEUS_CONFIG, name), "utf8");
}
