/** The tenants of a simulator: their app registration and their records. */
import type { SourceName } from "../core/event.ts";
import { ALL_PERMISSIONS, CATALOGUE } from "./catalogue.ts";
import { Collection } from "./collection.ts";

const THIRTY_DAYS_MS = 30 * 86_400_000;

/** A tenant with one app registration. A certificate wins over nothing: either credential is accepted if given. */
export interface TenantSettings {
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  /** PEM of the certificate whose key signs client assertions. */
  readonly certificatePem?: string;
  /** Application permissions with admin consent; all of them by default. */
  readonly roles?: readonly string[];
  /** Collections that the tenant's licence covers; all of them by default. */
  readonly licensed?: readonly SourceName[];
  /** How long sign-ins are kept; 30 days by default, 7 in free tenants. */
  readonly retentionMs?: number;
}

export class Tenant {
  /** Replaced as a whole by `Simulator.change`: consent, licence and secrets change while clients run. */
  settings: TenantSettings;
  private readonly collections: Readonly<Record<SourceName, Collection>>;

  constructor(settings: TenantSettings) {
    this.settings = settings;
    this.collections = {
      signIns: new Collection(CATALOGUE.signIns),
      riskDetections: new Collection(CATALOGUE.riskDetections),
      riskyUsers: new Collection(CATALOGUE.riskyUsers),
    };
  }

  get roles(): readonly string[] {
    return this.settings.roles ?? ALL_PERMISSIONS;
  }

  get retentionMs(): number {
    return this.settings.retentionMs ?? THIRTY_DAYS_MS;
  }

  isLicensed(source: SourceName): boolean {
    return this.settings.licensed?.includes(source) ?? true;
  }

  collection(source: SourceName): Collection {
    return this.collections[source];
  }
}

export class Tenants {
  private readonly byId: ReadonlyMap<string, Tenant>;

  constructor(settings: readonly TenantSettings[]) {
    this.byId = new Map(settings.map((tenant) => [tenant.tenantId.toLowerCase(), new Tenant(tenant)]));
  }

  find(tenantId: string): Tenant | undefined {
    return this.byId.get(tenantId.toLowerCase());
  }

  /** Throws for a tenant that the simulator was not given. */
  get(tenantId: string): Tenant {
    const tenant = this.find(tenantId);
    if (tenant === undefined) throw new Error(`the simulator has no tenant ${tenantId}`);
    return tenant;
  }
}
