/** `status`: streams and sinks as the state file tells them, also while the daemon runs. */
import { hostname } from "node:os";
import { readConfig } from "../config/load.ts";
import type { Config, SinkConfig } from "../config/schema.ts";
import { sourcesOf } from "../config/settings.ts";
import type { Health } from "../core/health.ts";
import { printable, printableJson } from "../core/printable.ts";
import { createSink } from "../sinks/registry.ts";
import type { Guarantee } from "../sinks/sink.ts";
import { type SignsOfLife, signsOfLife } from "../store/sqlite/database.ts";
import { openStoreReadOnly } from "../store/sqlite/sqlite-store.ts";
import type { Books, ReplayStatus, SinkStatus, StoreStatus, StreamStatus } from "../store/store.ts";

/** What the state knows of a stream or a sink, and whether the configuration still names it. */
type Known<T> = T & { readonly configured: boolean };

/** What the configuration tells of a sink. */
interface Route {
  readonly transport: string;
  readonly host: string;
  readonly port?: number;
  readonly guarantee: Guarantee;
}

interface Report extends SignsOfLife, StoreStatus {
  readonly streams: readonly Known<StreamStatus>[];
  readonly sinks: readonly Known<SinkStatus & Partial<Route>>[];
}

/**
 * Exit code 0 when the daemon runs and nothing that is configured is blocked, else 1. Reads no secrets. Throws
 * ConfigError or StateError.
 */
export async function status(file: string, { json }: { readonly json: boolean }): Promise<number> {
  const config = readConfig(file);
  // Before the state is opened, which may touch its files.
  const life = signsOfLife(config.store.path);
  const store = openStoreReadOnly(config.store.path);
  try {
    const report = compare({ ...life, ...(await store.status()) }, config);
    process.stdout.write(json ? `${printableJson(JSON.stringify(report))}\n` : text(report, config, Date.now()));
    const configured = [...report.streams, ...report.sinks].filter((known) => known.configured);
    const isBlocked = configured.some(({ health }) => health.condition === "blocked");
    return life.running && !isBlocked ? 0 : 1;
  } finally {
    await store.close();
  }
}

/** Holds the state against the configuration: removed tenants, sources and sinks stay in the state. */
function compare(found: SignsOfLife & StoreStatus, config: Config): Report {
  const streamNames = new Set(
    config.tenants.flatMap((tenant) => sourcesOf(tenant).map((source) => `${tenant.tenantId.toLowerCase()} ${source}`)),
  );
  const routes = new Map(config.sinks.map((sink) => [sink.name, routeOf(sink)]));
  return {
    ...found,
    streams: found.streams.map((known) => ({
      ...known,
      configured: streamNames.has(`${known.stream.tenantId} ${known.stream.source}`),
    })),
    sinks: found.sinks.map((known) => ({
      ...known,
      ...routes.get(known.name),
      configured: routes.has(known.name),
    })),
  };
}

/** Makes the sink, which touches no network, only to hear what it promises. */
function routeOf(config: SinkConfig): Route {
  const { guarantee } = createSink(config, { hostname: hostname(), warn: () => {} });
  const { host, port } = config;
  const transport = config.type === "syslog" ? `syslog ${config.transport}` : config.type;
  return { transport, host, ...(port === undefined ? {} : { port }), guarantee };
}

function text(report: Report, config: Config, now: number): string {
  const { streams, sinks, replays, events, bytes } = report;
  const names = new Map(config.tenants.map(({ tenantId, name }) => [tenantId.toLowerCase(), name]));
  const lines = [
    lifeLine(report, now),
    "streams",
    ...streams.flatMap((stream) => streamLines(stream, names.get(stream.stream.tenantId), now)),
    "sinks",
    ...sinks.flatMap((sink) => [
      ...sinkLines(sink, now),
      ...replays.filter(({ name }) => name === sink.name).map(replayLine),
    ]),
    `event log: ${events} events, ${(bytes / 1e6).toFixed(1)} MB`,
  ];
  return `${lines.join("\n")}\n`;
}

function lifeLine({ running, lastWritten }: SignsOfLife, now: number): string {
  return running ? "daemon: running" : `daemon: NOT running, last sign of life ${ago(lastWritten, now)}`;
}

function streamLines(known: Known<StreamStatus>, tenant: string | undefined, now: number): string[] {
  const { stream, mark, rereads, lost, totals, health, configured } = known;
  const head = mark === undefined ? "not read yet" : `read up to ${time(mark)} (${ago(mark, now)})`;
  const lines = [`  ${tenant ?? stream.tenantId} ${stream.source}: ${conditionText(health)}, ${head}`];
  if (!configured) lines.push("    not in the configuration any more: its place is kept");
  const { accepted, revised, late, repaired } = totals;
  lines.push(`    accepted ${accepted}, of these revised ${revised}, late ${late}, repaired ${repaired}`);
  for (const { reason, position, to } of rereads)
    lines.push(`    re-read (${reason}): at ${time(position)} of ${time(to)}`);
  for (const { from, to } of lost) lines.push(`    LOST to retention: ${time(from)} to ${time(to)}`);
  return [...lines, ...troubleLines(health, now)];
}

function sinkLines(known: Report["sinks"][number], now: number): string[] {
  const { name, cursor, backlog, oldest, books, deadLetters, health, configured } = known;
  const { transport, host, port, guarantee } = known;
  const waiting = oldest === undefined ? "nothing waits" : `${backlog} wait, the oldest from ${time(oldest)}`;
  const lines = [`  ${name}: ${conditionText(health)}, cursor ${cursor}, ${waiting}`];
  if (guarantee !== undefined) {
    lines.push(`    ${transport} to ${host}${port === undefined ? "" : ` port ${port}`}, guarantee: ${guarantee}`);
  }
  if (!configured) lines.push("    not in the configuration any more: its cursor is kept");
  lines.push(`    ${booksText(books)}`);
  if (deadLetters > 0) lines.push(`    ${deadLetters} dead letters: see dead-letters list`);
  return [...lines, ...troubleLines(health, now)];
}

function booksText({ accepted, delivered, filtered, rejected, missed, pending, resent }: Books): string {
  const rare = [
    ...(filtered > 0 ? [`filtered ${filtered}`] : []),
    ...(rejected > 0 ? [`rejected ${rejected}`] : []),
    ...(missed > 0 ? [`MISSED ${missed}`] : []),
  ];
  const parts = [`delivered ${delivered}`, ...rare, `waiting ${pending}`].join(" + ");
  return `accepted ${accepted} = ${parts}${resent > 0 ? `; sent again ${resent}` : ""}`;
}

/** What stops it stops the sink too, and is told there. */
function replayLine({ cursor, finish, health }: ReplayStatus): string {
  return `    replay: ${conditionText(health)}, at ${cursor} of ${finish}`;
}

function troubleLines({ trouble, failures, notBefore }: Health, now: number): string[] {
  if (trouble === undefined) return [];
  const next = notBefore === undefined || notBefore < now ? "now" : `in ${span(notBefore - now)}`;
  const lines = [
    `    ${trouble.code ?? "error"} since ${time(trouble.since)}, ${failures} in a row, next try ${next}:`,
    `      ${printable(trouble.message)}`,
  ];
  if (trouble.remedy !== undefined) lines.push(`      remedy: ${trouble.remedy}`);
  return lines;
}

function conditionText({ condition, lastSuccess, trouble }: Health): string {
  return lastSuccess === undefined && trouble === undefined ? "not tried yet" : condition;
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

function ago(then: number, now: number): string {
  return then > now ? "in the future of this host's clock" : `${span(now - then)} ago`;
}

function span(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}
