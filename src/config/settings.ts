/** From the configuration, as written, to what the parts work with: numbers, GUIDs, origins. Pure but for files read. */
import { readFileSync } from "node:fs";
import { ConfigError, messageOf } from "../core/errors.ts";
import { SOURCE_NAMES, type SourceName } from "../core/event.ts";
import type { ReadingSettings } from "../core/plan.ts";
import type { Selection } from "../deliver/selection.ts";
import type { GraphTenant } from "../graph/tenant.ts";
import { readCredential } from "./credentials.ts";
import { recipeOf } from "./recipe.ts";
import type { Config, SinkConfig, TenantConfig } from "./schema.ts";
import { parseDuration } from "./values.ts";

export function graphTenant(tenant: TenantConfig, environment: NodeJS.ProcessEnv): GraphTenant {
  const { sources: _, ...ingredients } = tenant;
  const { name, clientId, cloud, endpoints } = tenant;
  return {
    name,
    tenantId: tenant.tenantId.toLowerCase(),
    clientId,
    cloud,
    ...(endpoints === undefined ? {} : { endpoints: trustedEndpoints(endpoints) }),
    recipe: recipeOf(ingredients),
    credential: () => readCredential(tenant, environment),
  };
}

export function sourcesOf({ sources }: TenantConfig): readonly SourceName[] {
  return sources ?? SOURCE_NAMES;
}

export function readingSettings({ sources }: Config, source: SourceName): ReadingSettings {
  const { every, overlap, sweeps } = sources[source];
  // riskyUsers is a state table: its first start lists it whole, so there is no length to configure.
  const backfill = source === "riskyUsers" ? "0s" : sources[source].backfill;
  return {
    everyMs: parseDuration(every),
    backfillMs: parseDuration(backfill),
    overlapMs: parseDuration(overlap),
    sweeps: sweeps.map((tier) => ({ everyMs: parseDuration(tier.every), lengthMs: parseDuration(tier.length) })),
  };
}

/** Where a sink's collector is, as the state remembers it. */
export function routeOf(sink: SinkConfig): string {
  const { type, host, port } = sink;
  const transport = type === "syslog" ? [type, sink.transport] : [type];
  return [...transport, host.toLowerCase(), port ?? "default port"].join(" ");
}

export function selectionOf({ tenants, sources, only }: SinkConfig, configured: readonly TenantConfig[]): Selection {
  const named = configured.filter(({ name }) => tenants?.includes(name));
  return {
    ...(tenants === undefined ? {} : { tenantIds: named.map(({ tenantId }) => tenantId.toLowerCase()) }),
    ...(sources === undefined ? {} : { sources }),
    ...(only?.minRiskLevel === undefined ? {} : { minRiskLevel: only.minRiskLevel }),
    ...(only?.failed === undefined ? {} : { onlyFailed: only.failed }),
  };
}

function trustedEndpoints({ login, graph, caFile }: NonNullable<TenantConfig["endpoints"]>) {
  return { login, graph, ...(caFile === undefined ? {} : { ca: readCa(caFile) }) };
}

/** It was readable when the configuration was checked. */
function readCa(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError("ERF1003", `endpoints.caFile cannot be read (${messageOf(error)})`, error);
  }
}
