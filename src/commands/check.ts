/**
 * `check`: gets a token for each tenant, reads one record of each source, reaches out to each sink and looks whether the
 * state could be kept. One line each, with the remedy where something is wrong. Touches no state.
 */
import { existsSync } from "node:fs";
import { access, constants } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { loadConfig } from "../config/load.ts";
import type { Config, SinkConfig, TenantConfig } from "../config/schema.ts";
import { graphTenant, sourcesOf } from "../config/settings.ts";
import { ERROR_CODES, type ErrorCode } from "../core/codes.ts";
import { ForwarderError, messageOf, StateError, UnavailableError } from "../core/errors.ts";
import { printable } from "../core/printable.ts";
import type { GraphClient } from "../graph/graph-client.ts";
import { createGraphClients } from "../graph/graph-clients.ts";
import { createSink } from "../sinks/registry.ts";
import { SOURCES } from "../sources/registry.ts";
import type { Source } from "../sources/source.ts";

const DEADLINE_MS = 60_000;
/** Shorter than the daemon's: somebody waits, and the error of a request says more than that of the whole probe. */
const REQUEST_DEADLINE_MS = 20_000;

export interface CheckOptions {
  readonly json: boolean;
  readonly version: string;
}

/** What one probe found. `resting`: the licence or the cloud does not have it, which is no fault of the set-up. */
interface Finding {
  readonly subject: string;
  readonly outcome: "ok" | "failed" | "resting";
  readonly code?: ErrorCode;
  readonly message?: string;
  readonly remedy?: string;
}

/** Exit code 0 when nothing failed, else 1. Throws ConfigError. */
export async function check(file: string, options: CheckOptions): Promise<number> {
  const config = loadConfig(file, process.env);
  const findings = await probeAll(config, options.version);
  const isFine = findings.every(({ outcome }) => outcome !== "failed");
  const text = findings.map(line).join("\n");
  process.stdout.write(options.json ? `${JSON.stringify({ ok: isFine, findings })}\n` : `${text}\n`);
  return isFine ? 0 : 1;
}

async function probeAll(config: Config, version: string): Promise<Finding[]> {
  const tenants = config.tenants.map((tenant) => graphTenant(tenant, process.env));
  const clients = createGraphClients(tenants, { version, environment: process.env, deadlineMs: REQUEST_DEADLINE_MS });
  try {
    const found = await Promise.all([
      ...config.tenants.map((tenant) => probeTenant(tenant, clients.of(tenant.tenantId.toLowerCase()))),
      ...config.sinks.map(probeSink),
      probe({ subject: "state", late: "ERF5004" }, () => requireWritable(config.store.path)),
    ]);
    return found.flat();
  } finally {
    clients.close();
  }
}

/** Without a token the sources are not asked: each would only repeat the token's error. */
async function probeTenant(tenant: TenantConfig, graph: GraphClient): Promise<Finding[]> {
  const token = await probe({ subject: `tenant ${tenant.name}: token`, late: "ERF2001" }, (signal) =>
    graph.connect(signal),
  );
  if (token.outcome !== "ok") return [token];
  const sources = sourcesOf(tenant).map((name) =>
    probe({ subject: `tenant ${tenant.name}: ${name}`, late: "ERF3001" }, (signal) =>
      readOne(SOURCES[name], graph, signal),
    ),
  );
  return [token, ...(await Promise.all(sources))];
}

async function probeSink(config: SinkConfig): Promise<Finding[]> {
  const sink = createSink(config, { hostname: hostname(), warn: () => {} });
  try {
    return [await probe({ subject: `sink ${config.name}`, late: "ERF4001" }, (signal) => sink.probe(signal))];
  } finally {
    await sink.close();
  }
}

async function readOne(source: Source, graph: GraphClient, signal: AbortSignal): Promise<void> {
  const present = await graph.connect(signal);
  const pages = source.pages({ from: present - 60_000, top: 1, priority: "head" }, graph, signal);
  await pages[Symbol.asyncIterator]().next();
}

/** Throws StateError unless this user may write the directory, and the file where there is one. */
async function requireWritable(path: string): Promise<void> {
  try {
    await access(dirname(path), constants.W_OK | constants.X_OK);
    if (existsSync(path)) await access(path, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw new StateError("ERF5004", `this user cannot write ${path} (${messageOf(error)})`, error);
  }
}

interface Probe {
  readonly subject: string;
  /** What an answer means that does not come in time. */
  readonly late: ErrorCode;
}

async function probe({ subject, late }: Probe, attempt: (signal: AbortSignal) => Promise<unknown>): Promise<Finding> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  try {
    await attempt(deadline);
    return { subject, outcome: "ok" };
  } catch (error) {
    if (error !== deadline.reason) return { subject, ...explain(error) };
    const { remedy } = ERROR_CODES[late];
    return { subject, outcome: "failed", code: late, message: `no answer within ${DEADLINE_MS / 1000} s`, remedy };
  }
}

function explain(error: unknown): Omit<Finding, "subject"> {
  const outcome = error instanceof UnavailableError ? "resting" : "failed";
  const { code, remedy }: Partial<ForwarderError> = error instanceof ForwarderError ? error : {};
  return { outcome, ...(code && { code }), message: printable(messageOf(error)), ...(remedy && { remedy }) };
}

function line({ subject, outcome, code, message, remedy }: Finding): string {
  if (outcome === "ok") return `ok       ${subject}`;
  const details = [code, message]
    .filter((part) => part !== undefined)
    .join(" ")
    .replace(/\.?$/, ".");
  return `${outcome.padEnd(8)} ${subject}: ${details}${remedy === undefined ? "" : ` Remedy: ${remedy}`}`;
}
