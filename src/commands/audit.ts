/**
 * `audit`: has the daemon read a span of Graph again and compare each record with what it has accepted. The daemon does
 * it because Graph's request budget is its own; the command waits for the findings.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { RequestError } from "../core/errors.ts";
import type { StreamId } from "../core/event.ts";
import { printable } from "../core/printable.ts";
import type { OperatorStore } from "../store/operator-store.ts";
import { signsOfLife } from "../store/sqlite/database.ts";
import { openStoreBeside } from "../store/sqlite/sqlite-operator-store.ts";
import type { AuditFindings } from "../store/store.ts";
import { ask, chosenStreams, type NamedStream, type StreamChoice, withoutUnread } from "./asked.ts";
import { AuditDelays } from "./audit-delays.ts";

export interface AuditOptions extends StreamChoice {
  readonly config: string;
  /** Epoch milliseconds. */
  readonly since: number;
  readonly until: number;
  readonly repair: boolean;
  readonly json: boolean;
}

const LOOK_MS = 1_000;

/**
 * Exit code 0 when nothing is missing or changed, or all of it was queued by a repair; else 1. Throws ConfigError,
 * StateError or RequestError.
 */
export async function audit({ config: file, since, until, repair, json, ...choice }: AuditOptions): Promise<number> {
  const { config, path } = ask(file);
  requireRunning(path);
  const streams = chosenStreams(config, choice);
  const store = openStoreBeside(path, Date.now);
  try {
    const reason = repair ? "repair" : "audit";
    const requests = streams.map((stream) => ({ stream, reason, from: since, to: until }) as const);
    const { ids, unread } = await store.requestReReads(requests);
    withoutUnread(streams, unread);
    const findings = await untilFinished(store, ids, { path, delays: new AuditDelays(store, streams) });
    process.stdout.write(json ? `${JSON.stringify({ repair, findings })}\n` : text(findings, streams, repair));
    return findings.every((finding) => isComplete(finding) || (repair && finding.isWhole)) ? 0 : 1;
  } finally {
    await store.close();
  }
}

interface Watch {
  readonly path: string;
  readonly delays: AuditDelays;
}

async function untilFinished(store: OperatorStore, ids: readonly number[], watch: Watch): Promise<AuditFindings[]> {
  for (;;) {
    const audits = await store.audits(Math.min(...ids));
    const asked = audits.filter(({ id }) => ids.includes(id));
    const unfinished = asked.filter(({ found }) => found === undefined);
    if (unfinished.length === 0) return asked;
    requireRunning(watch.path);
    await watch.delays.tell(unfinished);
    await sleep(LOOK_MS);
  }
}

function requireRunning(path: string): void {
  if (signsOfLife(path).running) return;
  throw new RequestError("ERF5008", "the daemon does not run: it is the daemon that audits, within Graph's budget");
}

function isComplete({ found, isWhole }: AuditFindings): boolean {
  return isWhole && found !== undefined && found.missing + found.changed === 0;
}

function text(findings: readonly AuditFindings[], streams: readonly NamedStream[], repair: boolean): string {
  const nameOf = ({ tenantId, source }: StreamId) =>
    streams.find((stream) => stream.tenantId === tenantId && stream.source === source)?.tenant ?? tenantId;
  return findings.map((finding) => `${printable(`${nameOf(finding.stream)} ${line(finding, repair)}`)}\n`).join("");
}

function line({ stream, from, to, cutBefore, isWhole, found }: AuditFindings, repair: boolean): string {
  const { known = 0, missing = 0, changed = 0 } = found ?? {};
  return [
    `${stream.source}, ${time(from)} to ${time(to)}: Graph holds ${known + missing + changed}, forwarded ${known}, `,
    `missing ${missing}, changed since ${changed}`,
    ...(repair && missing + changed > 0 ? [", queued"] : []),
    ...(cutBefore === undefined ? [] : [`; Graph holds nothing from before ${time(cutBefore)} any more`]),
    ...(isWhole ? [] : ["; INCOMPLETE: some records cannot be read, see status"]),
  ].join("");
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
