/** What a configuration expects to be there, as report, status page and metrics hold the state against it. */
import type { SourceName, StreamId } from "../core/event.ts";
import type { Expiry } from "../core/expiry.ts";

/** What the configuration tells of a sink. */
export interface Route {
  readonly transport: string;
  readonly host: string;
  readonly port?: number;
  readonly guarantee: string;
}

interface ConfiguredTenant {
  readonly name: string;
  readonly sources: readonly SourceName[];
}

export interface Configured {
  /** By the tenant's GUID in lower case. */
  readonly tenants: ReadonlyMap<string, ConfiguredTenant>;
  readonly sinks: ReadonlyMap<string, Route>;
  readonly everyMs: Readonly<Record<SourceName, number>>;
  readonly maxBytes: number;
  /** The ends of credentials and certificates, as far as they are known. */
  readonly expiries: readonly Expiry[];
}

/** The state remembers streams that no configuration names any more. */
export function isConfigured({ tenantId, source }: StreamId, { tenants }: Configured): boolean {
  return tenants.get(tenantId)?.sources.includes(source) ?? false;
}
