/** What the commands that ask something of the daemon have in common: which streams, and since when. */
import { readConfig } from "../config/load.ts";
import type { Config, TenantConfig } from "../config/schema.ts";
import { sourcesOf } from "../config/settings.ts";
import { parseDuration } from "../config/values.ts";
import { RequestError } from "../core/errors.ts";
import { SOURCE_NAMES, type SourceName, type StreamId } from "../core/event.ts";
import { printable } from "../core/printable.ts";
import { signsOfLife } from "../store/sqlite/database.ts";

export interface StreamChoice {
  readonly tenant?: string | undefined;
  readonly source?: string | undefined;
}

/** A configured stream, with its tenant's name. */
export interface NamedStream extends StreamId {
  readonly tenant: string;
}

/** The configured streams of a tenant and a source; absent: of all. Throws RequestError when there is none. */
export function chosenStreams({ tenants }: Config, { tenant, source }: StreamChoice): NamedStream[] {
  if (tenant !== undefined)
    requireKnown(
      "tenant",
      tenant,
      tenants.map(({ name }) => name),
    );
  if (source !== undefined) requireKnown("source", source, SOURCE_NAMES);
  const streams = tenants
    .filter(({ name }) => tenant === undefined || name === tenant)
    .flatMap((entry) => streamsOf(entry).filter((stream) => source === undefined || stream.source === source));
  if (streams.length > 0) return streams;
  throw new RequestError("ERF5008", `tenant ${tenant ?? "any"} is not configured to read ${source}`);
}

/** Throws RequestError when the configuration has no sink of that name. */
export function requireConfiguredSink({ sinks }: Config, sink: string): void {
  requireKnown(
    "sink",
    sink,
    sinks.map(({ name }) => name),
  );
}

/**
 * Milliseconds of a time such as 2026-11-25T08:00:00Z, or of `24h` ago; undefined when it is neither, or lies before
 * 1970: the daemon could not write a slip such as `999999999d` into a request to Graph.
 */
export function parseTime(text: string, now: number): number | undefined {
  const ago = parseDuration(text);
  const time = Number.isNaN(ago) ? parseDate(text) : now - ago;
  return time >= 0 ? time : undefined;
}

function parseDate(text: string): number {
  const isTime = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  return isTime ? Date.parse(text) : Number.NaN;
}

/** The configuration and whether its daemon runs. Reads no secrets. Throws ConfigError or StateError. */
export function ask(file: string): { readonly config: Config; readonly path: string; readonly isRunning: boolean } {
  const config = readConfig(file);
  const { path } = config.store;
  return { config, path, isRunning: signsOfLife(path).running };
}

/** The chosen streams but those that were never read, which are named on standard error. */
export function withoutUnread(streams: readonly NamedStream[], unread: readonly StreamId[]): NamedStream[] {
  const isUnread = ({ tenantId, source }: StreamId) =>
    unread.some((stream) => stream.tenantId === tenantId && stream.source === source);
  for (const { tenant, source } of streams.filter(isUnread)) {
    process.stderr.write(`${printable(`${tenant} ${source} was never read and is left out; status says why`)}\n`);
  }
  return streams.filter((stream) => !isUnread(stream));
}

/** When the daemon does what was asked. */
export function when(isRunning: boolean): string {
  return isRunning ? "the daemon begins within a second" : "the daemon does not run: it begins at its next start";
}

function streamsOf(tenant: TenantConfig): NamedStream[] {
  const tenantId = tenant.tenantId.toLowerCase();
  return sourcesOf(tenant).map((source: SourceName) => ({ tenant: tenant.name, tenantId, source }));
}

function requireKnown(kind: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  throw new RequestError("ERF5008", `the configuration has no ${kind} ${name}; it has ${known.join(", ")}`);
}
