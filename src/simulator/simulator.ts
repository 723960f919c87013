/**
 * A Microsoft Graph and an Entra ID token endpoint on loopback that behave like the real ones, with their limits, their
 * quirks and, on demand, their faults. Used by the demo, the system tests and the benchmarks; it must not know the
 * product.
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { GraphRecord, SourceName } from "../core/event.ts";
import { AccessTokens } from "./access-tokens.ts";
import type { AnswerIds } from "./answer.ts";
import { CATALOGUE } from "./catalogue.ts";
import { formatTicks, GraphClock, TICKS_PER_MS, ticksOf, ticksOfMs } from "./clock.ts";
import { historyOf, recordOf } from "./collection.ts";
import { type Fault, type FaultHandle, Faults } from "./faults.ts";
import { GraphEndpoint } from "./graph-endpoint.ts";
import type { Ledger, LedgerEntry, RequestEntry } from "./ledger.ts";
import { GRAPH_RATES, Limits, type Rates } from "./limits.ts";
import { Listener, type ListenerTls, type Origins } from "./listener.ts";
import { isNews } from "./news.ts";
import { Random } from "./random.ts";
import { Stalls } from "./stalls.ts";
import { type TenantSettings, Tenants } from "./tenants.ts";
import { TokenEndpoint } from "./token-endpoint.ts";
import { acceptsGzip, bodyOf, type Compress, quickly, send } from "./transport.ts";

export interface SimulatorOptions {
  readonly tenants: readonly TenantSettings[];
  /** How far Graph's clock is ahead of the host's. */
  readonly clockOffsetMs?: number;
  readonly seed?: number;
  /** HTTPS instead of HTTP on both listeners. */
  readonly tls?: ListenerTls;
  /** Limits that replace Graph's own, for benchmarks. */
  readonly rates?: Partial<Rates>;
  /** Makes gzip of an answer, for benchmarks that have their pages made beforehand. */
  readonly compress?: Compress;
  /** Lifetime of access tokens; 60 to 90 minutes by default, as Entra ID has it. */
  readonly tokenLifetimeMs?: number;
}

export interface Visibility {
  /** Noted in the ledger: a forwarder's mark has passed the record's time. */
  readonly late?: boolean;
}

const MINUTE_MS = 60_000;

export class Simulator {
  readonly clock: GraphClock;
  private readonly tenants: Tenants;
  private readonly faults = new Faults();
  private readonly log: Ledger = { entries: [], requests: [], violations: [] };
  private readonly graphEndpoint: GraphEndpoint;
  private readonly tokenEndpoint: TokenEndpoint;
  private readonly graphListener: Listener;
  private readonly loginListener: Listener;
  private readonly stalls = new Stalls();
  private readonly compress: Compress;
  private origins: Origins | undefined;

  constructor(options: SimulatorOptions) {
    const { tenants, clockOffsetMs = 0, seed = 1, tls, rates, compress = quickly, tokenLifetimeMs } = options;
    this.compress = compress;
    const random = new Random(seed);
    this.clock = new GraphClock(clockOffsetMs);
    this.tenants = new Tenants(tenants);
    const shared = {
      clock: this.clock,
      tenants: this.tenants,
      tokens: new AccessTokens(),
      faults: this.faults,
      ledger: this.log,
    };
    const lifetimeMs = () => tokenLifetimeMs ?? random.integer(60, 90) * MINUTE_MS;
    this.graphEndpoint = new GraphEndpoint({ ...shared, limits: new Limits({ ...GRAPH_RATES, ...rates }) });
    this.tokenEndpoint = new TokenEndpoint({ ...shared, lifetimeMs });
    this.graphListener = new Listener((request, response) => this.serve("graph", request, response), tls);
    this.loginListener = new Listener((request, response) => this.serve("token", request, response), tls);
  }

  /** Every news revision that became visible: what a forwarder must have delivered. */
  get ledger(): readonly LedgerEntry[] {
    return this.log.entries;
  }

  /** Every request, in order of arrival. */
  get requests(): readonly Readonly<RequestEntry>[] {
    return this.log.requests;
  }

  /** Whatever a client did that Graph or a careful reviewer would object to. */
  get violations(): readonly string[] {
    return this.log.violations;
  }

  /** Starts both listeners, after a stop on the same ports with the same records. */
  async start(): Promise<Origins> {
    this.stalls.start();
    const [login, graph] = await Promise.all([this.loginListener.start(), this.graphListener.start()]);
    this.origins = { login, graph };
    return this.origins;
  }

  /** Closes both listeners and every connection. Safe to call twice. */
  async stop(): Promise<void> {
    this.stalls.stop();
    await Promise.all([this.loginListener.stop(), this.graphListener.stop()]);
  }

  /** Makes a record visible now. Throws when its id is missing or already visible. */
  show(tenantId: string, source: SourceName, record: GraphRecord, visibility: Visibility = {}): void {
    const visibleAt = this.clock.now();
    const { id } = this.tenants.get(tenantId).collection(source).add(record, ticksOfMs(visibleAt));
    this.log.entries.push({ tenantId: tenantId.toLowerCase(), source, id, revision: 1, visibleAt, ...visibility });
  }

  /**
   * Changes a visible record now. Graph's change time moves too, by a millisecond at least, unless `changes` gives one. The
   * ledger counts the change only when it is news. Throws for an id that is not visible.
   */
  revise(tenantId: string, source: SourceName, id: string, changes: GraphRecord): void {
    const collection = this.tenants.get(tenantId).collection(source);
    const row = collection.row(id);
    const before = recordOf(row);
    const next = { ...before, ...this.changeTime(source, before), ...changes, id };
    const isRevision = isNews(CATALOGUE[source], historyOf(row), next);
    collection.replace(row, next);
    if (!isRevision) return;
    row.revision += 1;
    const { revision } = row;
    const visibleAt = this.clock.now();
    this.log.entries.push({ tenantId: tenantId.toLowerCase(), source, id, revision, visibleAt });
  }

  /** Changes a tenant's settings: consent, licence, secret, certificate. Tokens that were issued keep their roles. */
  change(tenantId: string, changes: Partial<Omit<TenantSettings, "tenantId">>): void {
    const tenant = this.tenants.get(tenantId);
    tenant.settings = { ...tenant.settings, ...changes };
  }

  /** Lets a fault happen until it is cleared or used up. */
  fault(fault: Fault): FaultHandle {
    return this.faults.add(fault);
  }

  private changeTime(source: SourceName, before: GraphRecord): GraphRecord {
    const { changeProperty } = CATALOGUE[source];
    if (changeProperty === undefined) return {};
    const earliest = (ticksOf(before[changeProperty]) ?? 0) + TICKS_PER_MS;
    return { [changeProperty]: formatTicks(Math.max(ticksOfMs(this.clock.now()), earliest)) };
  }

  private serve(endpoint: "graph" | "token", request: IncomingMessage, response: ServerResponse): void {
    this.respond(endpoint, request, response).catch((error: unknown) => {
      this.log.violations.push(`the simulator could not answer ${request.method} ${request.url}: ${String(error)}`);
      response.destroy();
    });
  }

  private async respond(
    endpoint: "graph" | "token",
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (this.origins === undefined) throw new Error("not started");
    const arrival = this.stalls.arrival();
    const entry = newEntry(endpoint, request, arrival.at);
    this.log.requests.push(entry);
    const ids = idsOf(request);
    const context = { ...this.origins, ...ids, arrival };
    const answer =
      endpoint === "graph"
        ? this.graphEndpoint.answer(request, entry, context)
        : this.tokenEndpoint.answer(request, await bodyOf(request), entry, context);
    if (answer.delivery !== "hang" && answer.delivery !== "reset") entry.status = answer.status;
    response.setHeader("date", new Date(this.clock.now()).toUTCString());
    response.setHeader("request-id", ids.requestId);
    response.setHeader("client-request-id", ids.clientRequestId);
    await (acceptsGzip(request) ? send(response, answer, this.compress) : send(response, answer));
  }
}

function newEntry(endpoint: "graph" | "token", request: IncomingMessage, at: number): RequestEntry {
  const [path = "", query = ""] = (request.url ?? "").split("?", 2);
  return { endpoint, at, path, query, status: 0, served: 0 };
}

function idsOf({ headers }: IncomingMessage): AnswerIds {
  const requestId = randomUUID();
  const given = headers["client-request-id"];
  return { requestId, clientRequestId: typeof given === "string" ? given : requestId };
}
