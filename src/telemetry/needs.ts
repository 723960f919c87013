/**
 * What keeps events from arriving and what to do about it, the worst first. Trouble that one act mends is one need: a
 * tenant whose secret has expired is told once, not for each of its streams. Only what is configured needs anything.
 */
import { ERROR_CODES, type ErrorCode } from "../core/codes.ts";
import { daysLeft, type Expiry } from "../core/expiry.ts";
import type { Health } from "../core/health.ts";
import type { Configured } from "./configured.ts";
import { titleOf } from "./need-title.ts";
import type { Report, ReportedSink, ReportedStream } from "./report.ts";

/** now: it stands still until a person acts. soon: a person should look. none: it is tried again by itself. */
type Urgency = "now" | "soon" | "none";

export interface Need {
  readonly urgency: Urgency;
  readonly kind: "daemon" | "event log" | "sink" | "stream" | "credential";
  /** What it concerns, in a few words. */
  readonly title: string;
  /** Names of the sink, of the streams as tenant and source, or of what expires. */
  readonly subjects: readonly string[];
  readonly code?: ErrorCode;
  readonly message: string;
  readonly remedy?: string;
  readonly since?: number;
  /** Not tried again before this. */
  readonly nextTry?: number;
}

type Untitled = Omit<Need, "title">;

interface StreamNeed extends Untitled {
  readonly tenantId: string;
}

/** A healthy stream whose mark is older than this, and two polls more, is behind. */
const BEHIND_MS = 15 * 60_000;

/** What expires needs a person from so many days before. */
const MOST_DAYS = 14;

const WORST_FIRST: readonly Urgency[] = ["now", "soon", "none"];

export function needsOf(report: Omit<Report, "verdict">, configured: Configured): Need[] {
  const streams = report.streams.filter((stream) => stream.configured);
  const sinks = report.sinks.filter((sink) => sink.configured);
  const needs: Untitled[] = [
    ...(report.running ? [] : [stopped(report.lastWritten)]),
    ...unserved(report, configured),
    ...(report.eventLog.isFull ? [full(report.eventLog)] : []),
    ...sinks.flatMap(sinkTrouble),
    ...merged(streams.flatMap((stream) => streamTrouble(stream, configured))),
    ...sinks.flatMap(deadLetters),
    ...configured.expiries.flatMap((expiry) => expiring(expiry, report.time)),
  ];
  return WORST_FIRST.flatMap((urgency) => titled(needs.filter((need) => need.urgency === urgency)));
}

function titled(needs: readonly Untitled[]): Need[] {
  return needs.map((need) => ({ ...need, title: titleOf(need) }));
}

function stopped(since: number | undefined): Untitled {
  const message = "The daemon does not run: nothing is read or delivered.";
  const remedy = "Start it, and look at the end of its log when it does not stay up";
  return {
    urgency: "now",
    kind: "daemon",
    subjects: [],
    code: "ERF6002",
    message,
    remedy,
    ...(since === undefined ? {} : { since }),
  };
}

/**
 * What the configuration asks for and a running daemon has not begun, as after a reload that was refused or forgotten.
 * The daemon itself, which tells its version, knows no other configuration than its own.
 */
function unserved({ running, version, ...state }: Omit<Report, "verdict">, configured: Configured): Untitled[] {
  if (!running || version !== undefined) return [];
  const names = new Set(state.sinks.map(({ name }) => name));
  const sinks = [...configured.sinks.keys()].filter((name) => !names.has(name));
  const begun = new Set(state.streams.map(({ stream }) => `${stream.tenantId} ${stream.source}`));
  const streams = [...configured.tenants].flatMap(([tenantId, { name, sources }]) =>
    sources.filter((source) => !begun.has(`${tenantId} ${source}`)).map((source) => `${name} ${source}`),
  );
  const message = "It is in the configuration, but the running daemon has not begun it.";
  const remedy = "Reload the daemon, and look at its log for `configuration not reloaded`";
  const needs = { sink: sinks, stream: streams } as const;
  return (["sink", "stream"] as const)
    .filter((kind) => needs[kind].length > 0)
    .map((kind) => ({ urgency: "now", kind, subjects: needs[kind], message, remedy }));
}

function full({ heldBy }: Report["eventLog"]): Untitled {
  return {
    urgency: "now",
    kind: "event log",
    subjects: [],
    code: "ERF5005",
    message: `The event log is full with what sink ${heldBy} has not delivered; polling pauses until it delivers.`,
    remedy: ERROR_CODES.ERF5005.remedy,
  };
}

function sinkTrouble({ name, health }: ReportedSink): Untitled[] {
  const need = troubleOf(health);
  return need === undefined ? [] : [{ ...need, kind: "sink", subjects: [name] }];
}

/** A tenant that lacks a licence rests, which is no trouble. */
function streamTrouble(stream: ReportedStream, { everyMs }: Configured): StreamNeed[] {
  const { health, markAgeMs = 0 } = stream;
  const { tenantId, source } = stream.stream;
  if (health.condition === "resting") return [];
  const subjects = [`${stream.tenant ?? tenantId} ${source}`];
  const need = troubleOf(health);
  if (need) return [{ ...need, kind: "stream", subjects, tenantId }];
  if (markAgeMs < BEHIND_MS + 2 * everyMs[source]) return [];
  const message = "It is read more slowly than it grows, or not at all.";
  const remedy = "Nothing; if it lasts, another application may use this tenant's budget";
  return [{ urgency: "none", kind: "stream", subjects, message, remedy, tenantId }];
}

function troubleOf({ condition, trouble, notBefore }: Health): Omit<Untitled, "kind" | "subjects"> | undefined {
  if (trouble === undefined) return undefined;
  const { code, message, remedy, since } = trouble;
  return {
    urgency: condition === "blocked" ? "now" : "none",
    ...(code === undefined ? {} : { code }),
    message,
    ...(remedy === undefined ? {} : { remedy }),
    since,
    ...(notBefore === undefined ? {} : { nextTry: notBefore }),
  };
}

function deadLetters({ name, deadLetters: count }: ReportedSink): Untitled[] {
  if (count === 0) return [];
  const message = count === 1 ? "1 event was rejected for good." : `${count} events were rejected for good.`;
  const remedy = "Look at them with `dead-letters list`, then `replay` or `drop` them";
  return [{ urgency: "soon", kind: "sink", subjects: [name], message, remedy }];
}

/** Told by log and SIEM from 30 days on; a page that has said so for a month is not looked at any more. */
function expiring({ subject, expires, remedy }: Expiry, now: number): Untitled[] {
  const days = daysLeft(expires, now);
  if (days > MOST_DAYS) return [];
  const end = new Date(expires).toISOString().slice(0, 10);
  const message = days === 0 ? `It has expired on ${end}.` : `It expires on ${end}, in ${days} days at most.`;
  return [{ urgency: "soon", kind: "credential", subjects: [subject], code: "ERF1007", message, remedy }];
}

/**
 * Streams that one act mends, told with the message of the first of them: those of a tenant whose trouble is the same,
 * and all of them where nobody needs to act, as when Graph is down.
 */
function merged(needs: readonly StreamNeed[]): Untitled[] {
  const groups = new Map<string, Untitled>();
  for (const { tenantId, ...need } of needs) {
    const { urgency, code, remedy } = need;
    const key = JSON.stringify([urgency, code, remedy, urgency === "none" ? "" : tenantId]);
    const before = groups.get(key);
    groups.set(key, before === undefined ? need : together(before, need));
  }
  return [...groups.values()];
}

function together(one: Untitled, other: Untitled): Untitled {
  const since = earlier(one.since, other.since);
  const nextTry = earlier(one.nextTry, other.nextTry);
  return {
    ...one,
    subjects: [...one.subjects, ...other.subjects],
    ...(since === undefined ? {} : { since }),
    ...(nextTry === undefined ? {} : { nextTry }),
  };
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}
