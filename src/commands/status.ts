/** `status`: streams and sinks as the state file tells them, also while the daemon runs. */
import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import type { Health } from "../core/health.ts";
import { printable } from "../core/printable.ts";
import { openStoreReadOnly } from "../store/sqlite/sqlite-store.ts";
import type { SinkStatus, StoreStatus, StreamStatus } from "../store/store.ts";

/** Exit code 0 when nothing is blocked, else 1. Throws ConfigError or StateError. */
export async function status(file: string, { json }: { readonly json: boolean }): Promise<number> {
  const config = loadConfig(file, process.env);
  const store = openStoreReadOnly(config.store.path);
  try {
    const found = await store.status();
    process.stdout.write(json ? `${JSON.stringify(found)}\n` : text(found, config, Date.now()));
    const blocked = [...found.streams, ...found.sinks].filter(({ health }) => health.condition === "blocked");
    return blocked.length === 0 ? 0 : 1;
  } finally {
    await store.close();
  }
}

function text({ streams, sinks, events, bytes }: StoreStatus, config: Config, now: number): string {
  const names = new Map(config.tenants.map(({ tenantId, name }) => [tenantId.toLowerCase(), name]));
  const lines = [
    "streams",
    ...streams.flatMap((stream) => streamLines(stream, names.get(stream.stream.tenantId), now)),
    "sinks",
    ...sinks.flatMap((sink) => sinkLines(sink, isConfigured(sink, config), now)),
    `event log: ${events} events, ${(bytes / 1e6).toFixed(1)} MB`,
  ];
  return `${lines.join("\n")}\n`;
}

function streamLines({ stream, mark, rereads, lost, health }: StreamStatus, tenant: string | undefined, now: number) {
  const head = mark === undefined ? "not read yet" : `read up to ${time(mark)} (${ago(mark, now)})`;
  const lines = [`  ${tenant ?? stream.tenantId} ${stream.source}: ${health.condition}, ${head}`];
  for (const { reason, position, to } of rereads)
    lines.push(`    re-read (${reason}): at ${time(position)} of ${time(to)}`);
  for (const { from, to } of lost) lines.push(`    LOST to retention: ${time(from)} to ${time(to)}`);
  return [...lines, ...troubleLines(health, now)];
}

function sinkLines(
  { name, cursor, backlog, oldest, deadLetters, health }: SinkStatus,
  configured: boolean,
  now: number,
) {
  const waiting = oldest === undefined ? "nothing waits" : `${backlog} wait, the oldest from ${time(oldest)}`;
  const lines = [`  ${name}: ${health.condition}, cursor ${cursor}, ${waiting}`];
  if (!configured) lines.push("    not in the configuration any more: its cursor is kept");
  if (deadLetters > 0) lines.push(`    ${deadLetters} dead letters`);
  return [...lines, ...troubleLines(health, now)];
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

function isConfigured({ name }: SinkStatus, config: Config): boolean {
  return config.sinks.some((sink) => sink.name === name);
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
