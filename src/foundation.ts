/** What every reload leaves as it is: the state, Graph's clients, and what tells of the forwarder. */
import { existsSync } from "node:fs";
import { spaceSettings } from "./blueprint.ts";
import { configuredOf } from "./config/configured.ts";
import { expiriesOf } from "./config/expiries.ts";
import type { Config } from "./config/schema.ts";
import { graphTenant } from "./config/settings.ts";
import type { Follower } from "./core/event.ts";
import { expiryNotice } from "./deliver/expiry-notice.ts";
import { Notices } from "./deliver/notices.ts";
import { Paces } from "./deliver/paces.ts";
import { SharedReads } from "./deliver/shared-reads.ts";
import { SharedFormats } from "./formats/shared-formats.ts";
import { createGraphClients, type GraphClients } from "./graph/graph-clients.ts";
import { Space } from "./ingest/space.ts";
import { observe } from "./observation.ts";
import type { OnMigration } from "./store/sqlite/migrations/migrate.ts";
import { openStore } from "./store/sqlite/sqlite-store.ts";
import type { Store } from "./store/store.ts";
import { Expiring } from "./telemetry/expiring.ts";
import { Exposition } from "./telemetry/exposition.ts";
import { LiveStatus } from "./telemetry/live-status.ts";
import type { Log } from "./telemetry/log.ts";
import { Metrics } from "./telemetry/metrics.ts";
import { Renewals } from "./telemetry/renewals.ts";

/** What a start says of a state of an older schema. */
const MIGRATION_STAGES = {
  copying: "the state is of an older schema and is copied first",
  migrating: "the copy is made, the state is migrated",
  migrated: "the state is migrated; the copy is for a way back and may be removed",
} as const;

export interface FoundationParts {
  /** The configuration as it is whenever this is called. */
  readonly config: () => Config;
  readonly environment: NodeJS.ProcessEnv;
  readonly version: string;
  readonly log: Log;
  /** Called after events were appended. */
  readonly onAppended: () => void;
  /** Called at each commit: who follows what it appends. */
  readonly onAppending: () => Follower;
  /** Waited for before a page of Graph is unpacked. */
  readonly turn: () => Promise<void>;
}

export interface Foundation {
  readonly store: Store;
  readonly reads: SharedReads;
  readonly formats: SharedFormats;
  readonly graph: GraphClients;
  readonly metrics: Metrics;
  readonly exposition: Exposition;
  readonly paces: Paces;
  readonly notices: Notices;
  readonly space: Space;
  readonly expiring: Expiring;
  readonly live: LiveStatus;
}

/**
 * Opens the state, after migrating it where it is of an older schema. Throws StateError, or TransientError where the disk
 * is full or fails.
 */
export function layFoundation(parts: FoundationParts): Foundation {
  const { config, environment, version, log, onAppended, onAppending, turn } = parts;
  const metrics = new Metrics();
  const graph = graphClients({ config: config(), environment, version, log, turn }, metrics);
  const onMigration: OnMigration = (stage, migration) => log.info(MIGRATION_STAGES[stage], { ...migration });
  const store = openStore(config().store.path, Date.now, { onMigration, onAppending });
  // What is collected of the process lasts as long as that, and a start is tried again where the disk is full.
  metrics.collectProcess();
  const notices = new Notices({ store, log, now: Date.now, onAppended });
  const space = new Space(store, spaceSettings(config()), log, (notice) => notices.tell(notice));
  const expiring = new Expiring({
    read: () => expiriesOf(config()),
    metrics,
    log,
    now: Date.now,
    onExpiring: (expiry, days) => notices.tell(expiryNotice(expiry, days)),
  });
  const look = () => store.status();
  const expiries = () => expiring.latest;
  const live = new LiveStatus({ look, version, expiries, now: Date.now }, configuredOf(config()));
  const exposition = new Exposition(metrics, () =>
    observe({ configured: live.configured, store, graph, version, isPaused: space.isFull }),
  );
  const isShared = () => config().sinks.length > 1;
  const shared = { reads: new SharedReads(store, isShared), formats: new SharedFormats(isShared), paces: new Paces() };
  return { store, graph, metrics, exposition, ...shared, notices, space, expiring, live };
}

interface Origin extends Omit<FoundationParts, "config" | "onAppended" | "onAppending"> {
  readonly config: Config;
}

function graphClients({ config, environment, version, log, turn }: Origin, metrics: Metrics): GraphClients {
  const renewals = new Renewals(log, metrics);
  // Where there is a state, a daemon ran before, perhaps until a moment ago. Nobody can know what it used of Graph's
  // budgets, so a restart lets one window pass; only the very first start asks at once.
  const isBudgetUsed = existsSync(config.store.path);
  return createGraphClients(
    config.tenants.map((tenant) => graphTenant(tenant, environment)),
    { version, environment, turn, isBudgetUsed, onRenewal: renewals.ended.bind(renewals) },
  );
}
