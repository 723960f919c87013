/**
 * `check`: what an operator runs first. Tries the way to Microsoft, a token and one record of each source for each
 * tenant, each sink with a test record, and looks at this host's clock, at what expires and at room for the state. Each
 * trouble comes with its remedy. Touches no state; beside a running daemon it costs one request per source.
 */
import { loadConfig } from "../config/load.ts";
import type { Config, TenantConfig } from "../config/schema.ts";
import { graphTenant } from "../config/settings.ts";
import { printableJson } from "../core/printable.ts";
import { createGraphClients } from "../graph/graph-clients.ts";
import { sinkExpiries, tenantExpiries } from "./check-expiries.ts";
import { type Finding, OUTCOMES, Probes, textOf } from "./check-finding.ts";
import { checkNetwork } from "./check-network.ts";
import { ProgressLine } from "./check-progress.ts";
import { checkSink } from "./check-sink.ts";
import { checkState } from "./check-state.ts";
import { checkClock, checkTenant } from "./check-tenant.ts";

/** Shorter than the daemon's: somebody waits, and the error of a request says more than that of the whole probe. */
const REQUEST_DEADLINE_MS = 20_000;

export interface CheckOptions {
  readonly json: boolean;
  readonly version: string;
}

/** Exit code 0 when nothing failed, else 1. Throws ConfigError. */
export async function check(file: string, { json, version }: CheckOptions): Promise<number> {
  const config = loadConfig(file, process.env);
  const progress = new ProgressLine(json ? { write: () => {} } : process.stdout);
  const findings = await checkAll(config, version, new Probes((trying) => progress.show(trying)));
  const isFine = findings.every(({ outcome }) => outcome !== "failed");
  const text = json ? printableJson(JSON.stringify({ ok: isFine, findings })) : report(findings);
  process.stdout.write(`${text}\n`);
  return isFine ? 0 : 1;
}

async function checkAll(config: Config, version: string, probes: Probes): Promise<Finding[]> {
  const environment = process.env;
  const tenants = config.tenants.map((tenant) => graphTenant(tenant, environment));
  const clients = createGraphClients(tenants, {
    version,
    environment,
    deadlineMs: REQUEST_DEADLINE_MS,
    attempts: 1,
  });
  const clientOf = ({ tenantId }: TenantConfig) => clients.of(tenantId.toLowerCase());
  try {
    const [network, accesses, sinks, state] = await Promise.all([
      checkNetwork(tenants, environment, probes),
      Promise.all(
        config.tenants.map(async (tenant) => [
          ...(await checkTenant(tenant, clientOf(tenant), probes)),
          ...tenantExpiries(tenant, Date.now()),
        ]),
      ),
      Promise.all(
        config.sinks.map(async (sink) => [
          ...sinkExpiries(sink, Date.now()),
          ...(await checkSink({ config: sink, version }, probes)),
        ]),
      ),
      checkState(config, probes),
    ]);
    const theirs = config.tenants.map((tenant) => clientOf(tenant).now()).find((now) => now !== undefined);
    const clock = checkClock(theirs, Date.now());
    return [...network, ...clock, ...accesses.flat(), ...sinks.flat(), state];
  } finally {
    clients.close();
  }
}

/** One line each, or wrapped to a terminal's width; then how many there are of each kind. */
function report(findings: readonly Finding[]): string {
  const { isTTY, columns } = process.stdout;
  const lines = findings.map((finding) => textOf(finding, isTTY ? columns : undefined));
  const counts = OUTCOMES.map((outcome) => ({
    outcome,
    count: findings.filter((finding) => finding.outcome === outcome).length,
  }));
  const shown = counts.filter(({ outcome, count }) => count > 0 || outcome === "failed");
  return [...lines, shown.map(({ outcome, count }) => `${count} ${outcome}`).join(", ")].join("\n");
}
