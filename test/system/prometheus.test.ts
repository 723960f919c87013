/** What an operator sees through a real Prometheus: promtool's opinion, the figures, and the alerts with their codes. */
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { dashboardExpressions } from "../support/dashboard.ts";
import { until } from "../support/poll.ts";
import { freePort } from "../support/ports.ts";
import { isPrometheusInstalled, lintMetrics, Prometheus, promtool } from "../support/prometheus.ts";
import { isRsyslogInstalled } from "../support/rsyslog.ts";
import { Scenario } from "../support/scenario.ts";

const isInstalled = isPrometheusInstalled() && isRsyslogInstalled();

interface Watched {
  readonly scenario: Scenario;
  readonly address: string;
}

async function startWatched(): Promise<Watched> {
  const scenario = new Scenario();
  onTestFinished(() => scenario.dispose());
  await scenario.start();
  const address = `127.0.0.1:${await freePort()}`;
  scenario.daemon.configure(scenario.config({ http: { listen: address } }));
  scenario.show("signIns", [0, 1_000, 2_000]);
  await scenario.daemon.start();
  return { scenario, address };
}

async function watch({ scenario, address }: Watched): Promise<Prometheus> {
  const prometheus = await Prometheus.start(join(scenario.directory, "prometheus"), address);
  onTestFinished(() => prometheus.stop());
  await until("Prometheus scrapes the forwarder", async () => (await prometheus.query("up"))[0] === 1);
  return prometheus;
}

/** The first value of a metric. */
function valueOf(exposition: string, name: string): number {
  const line = new RegExp(`^entra_risk_forwarder_${name}\\{[^}]*\\} (?<value>.*)$`, "m").exec(exposition);
  return Number(line?.groups?.["value"]);
}

/** An expression of the dashboard as Grafana would send it. */
function filledIn(expression: string): string {
  return expression.replaceAll("$__rate_interval", "1m").replaceAll(/\$(?:instance|tenant)/g, ".*");
}

/** The first firing alert of a name. */
async function untilFiring(prometheus: Prometheus, name: string) {
  const find = async () => (await prometheus.firing()).find(({ labels }) => labels["alertname"] === name);
  await until(`${name} fires`, async () => (await find()) !== undefined);
  return find();
}

describe.skipIf(!isInstalled)("the shipped rules (needs prometheus and rsyslogd)", () => {
  it.each([
    ["check", "rules", "alerts.yaml"],
    ["check", "config", "prometheus.yaml"],
    ["test", "rules", "alerts.test.yaml"],
  ])("pass promtool %s %s %s", (...argv) => {
    expect(promtool(...argv)).toMatchObject({ status: 0, stdout: expect.stringContaining("SUCCESS") });
  });
});

describe.skipIf(!isInstalled)("metrics (needs prometheus and rsyslogd)", () => {
  it("please promtool, and add up", async () => {
    const { scenario, address } = await startWatched();
    await scenario.untilDelivered();
    const text = async () => (await fetch(`http://${address}/metrics`)).text();
    await until("the books are told", async () => valueOf(await text(), "sink_delivered_total") === 3);

    const exposition = await text();

    expect(lintMetrics(exposition)).toBe("");
    expect(valueOf(exposition, "sink_accepted_total")).toBe(3);
    expect(valueOf(exposition, "sink_lag_seconds_count")).toBe(3);
    expect(exposition).toMatch(/^entra_risk_forwarder_build_info\{version="\d.*",node="v\d.*"\} 1$/m);
    expect(exposition).toMatch(/^process_start_time_seconds \d+$/m);
  });

  it("answer every question of the dashboard", async () => {
    const watched = await startWatched();
    const prometheus = await watch(watched);

    for (const expression of dashboardExpressions()) await prometheus.query(filledIn(expression));

    await until("it has figures", async () => {
      const [delivered] = await prometheus.query("sum(entra_risk_forwarder_sink_delivered_total)");
      return delivered === 3;
    });
  });

  it("raise no alarm while all is well, then name the code that status and log tell", async () => {
    const watched = await startWatched();
    const { daemon, simulator } = watched.scenario;
    const prometheus = await watch(watched);
    await watched.scenario.untilDelivered();
    await until("no alert fires", async () => (await prometheus.firing()).length === 0);

    await watched.scenario.rsyslog.process.kill("SIGKILL");
    watched.scenario.show("signIns", [0, 1]);
    const down = await untilFiring(prometheus, "EntraRiskForwarderSinkWaiting");
    simulator.fault({ kind: "permission-missing", source: "riskDetections" });
    const parked = await untilFiring(prometheus, "EntraRiskForwarderStreamBlocked");
    const status = JSON.parse((await daemon.run("status", "--config", "config.yaml", "--json")).stdout);
    await daemon.stop("SIGKILL");
    const gone = await untilFiring(prometheus, "EntraRiskForwarderDown");

    const codes = { sink: status.sinks[0].health.trouble.code, stream: status.streams[1].health.trouble.code };
    expect(codes).toEqual({ sink: "ERF4001", stream: "ERF3007" });
    expect(down?.labels).toMatchObject({ sink: "siem", code: codes.sink });
    expect(parked?.labels).toMatchObject({ source: "riskDetections", code: codes.stream });
    expect(parked?.annotations["runbook"]).toBe("README.md, Error codes, ERF3007");
    const told = daemon.log.map(({ code }) => code);
    expect(told).toEqual(expect.arrayContaining([codes.sink, codes.stream]));
    expect(gone?.labels).toMatchObject({ severity: "critical", instance: watched.address });
  });
});
