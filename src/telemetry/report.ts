/**
 * The report on everything that reads and delivers: one shape for `/status` of the running daemon and for
 * `status --json`, which has it from the state file. Pure. Times are epoch milliseconds of the host's clock, but for
 * marks, which are Graph's.
 */
import type { SinkStatus, StoreStatus, StreamStatus } from "../store/store.ts";
import { type Configured, isConfigured, type Route } from "./configured.ts";
import { needsOf } from "./needs.ts";
import { type Verdict, verdictOf } from "./verdict.ts";

/** What is known of the daemon. */
export interface Life {
  readonly running: boolean;
  /** When the state was last written; told by the file alone. */
  readonly lastWritten?: number;
  /** Told by the running daemon alone, as is `started`. */
  readonly version?: string;
  readonly started?: number;
}

export interface ReportedStream extends StreamStatus {
  /** The tenant's name; absent when no configuration names it. */
  readonly tenant?: string;
  /** How long ago the mark was; negative when it lies in the future of this host's clock. */
  readonly markAgeMs?: number;
  readonly configured: boolean;
}

export interface ReportedSink extends SinkStatus, Partial<Route> {
  /** How long ago the time of the oldest event that waits was. */
  readonly oldestAgeMs?: number;
  readonly configured: boolean;
}

export interface EventLogReport {
  readonly events: number;
  readonly bytes: number;
  readonly maxBytes: number;
  /** Whether polling pauses until the sink that holds it delivers. */
  readonly isFull: boolean;
  /** The configured sink, or one with a replay, that has most of it before it. */
  readonly heldBy?: string;
}

export interface Report extends StoreStatus, Life {
  readonly verdict: Verdict;
  /** When this was looked at. */
  readonly time: number;
  readonly streams: readonly ReportedStream[];
  readonly sinks: readonly ReportedSink[];
  readonly eventLog: EventLogReport;
}

/** Holds the state against the configuration: removed tenants, sources and sinks stay in the state. */
export function reportOf(found: StoreStatus, configured: Configured, life: Life, time: number): Report {
  const report = {
    ...life,
    ...found,
    time,
    streams: found.streams.map((stream) => reportedStream(stream, configured, time)),
    sinks: found.sinks.map((sink) => reportedSink(sink, configured, time)),
    eventLog: eventLogReport(found, configured),
  };
  const needs = needsOf(report, configured);
  return { verdict: verdictOf(report, needs), ...report };
}

function reportedStream(stream: StreamStatus, configured: Configured, now: number): ReportedStream {
  const tenant = configured.tenants.get(stream.stream.tenantId);
  return {
    ...stream,
    ...(tenant === undefined ? {} : { tenant: tenant.name }),
    ...(stream.mark === undefined ? {} : { markAgeMs: now - stream.mark }),
    configured: isConfigured(stream.stream, configured),
  };
}

function reportedSink(sink: SinkStatus, { sinks }: Configured, now: number): ReportedSink {
  return {
    ...sink,
    ...sinks.get(sink.name),
    ...(sink.oldest === undefined ? {} : { oldestAgeMs: now - sink.oldest }),
    configured: sinks.has(sink.name),
  };
}

/** Without a backlog no sink could make room by delivering: then polling does not pause. */
function eventLogReport({ events, bytes, sinks, replays }: StoreStatus, configured: Configured): EventLogReport {
  const [slowest] = [...sinks, ...replays]
    .filter(({ name, backlog }) => configured.sinks.has(name) && backlog > 0)
    .toSorted((one, other) => other.backlog - one.backlog);
  const { maxBytes } = configured;
  const isFull = bytes >= maxBytes && slowest !== undefined;
  return { events, bytes, maxBytes, isFull, ...(slowest === undefined ? {} : { heldBy: slowest.name }) };
}
