/**
 * The last hours for the plots of the status page: one sample a minute, kept in memory, for this run alone. However
 * many tenants, sinks or kinds of risk there are, its size has a limit.
 */
import { type Risk, SOURCE_NAMES, type SourceName } from "../core/event.ts";
import type { Report } from "./report.ts";

const MINUTE_MS = 60_000;
const MINUTES = 360;
/** Graph knows about thirty risk types; what comes beyond is counted together. */
const MAX_TYPES = 40;
const MAX_SINKS = 16;
const REST = "other";
/** What a name of Graph's enumerations looks like. Anything else in its place is counted together. */
const NAME = /^[A-Za-z][A-Za-z0-9]{0,63}$/;

const LEVELS = ["high", "medium", "low", "none", "other"] as const;
type Level = (typeof LEVELS)[number];

interface Sample {
  /** When its minute began, in epoch milliseconds. */
  readonly minute: number;
  readonly levels: Map<Level, number>;
  readonly types: Map<string, number>;
  /** Age of the oldest mark of each source. */
  readonly lag: Map<SourceName, number>;
  readonly pending: Map<string, number>;
}

/** Columns of the same length, one row a minute; null: not known. */
export interface HistoryReport {
  readonly minutes: readonly number[];
  readonly levels: Readonly<Record<string, readonly number[]>>;
  readonly types: Readonly<Record<string, readonly number[]>>;
  readonly lagMs: Readonly<Record<string, readonly (number | null)[]>>;
  readonly pending: Readonly<Record<string, readonly (number | null)[]>>;
}

export class History {
  private samples: Sample[] = [];
  private types = new Set<string>();

  /** Counts events that were accepted. `now` is host time in epoch milliseconds. */
  count(risks: readonly Risk[], now: number): void {
    const { levels, types } = this.at(now);
    for (const { level, type } of risks) {
      add(levels, levelOf(level));
      add(types, this.admitted(type));
    }
  }

  /** Looks at what has no events; a minute keeps the highest of its looks. */
  observe({ streams, sinks, time }: Report): void {
    const { lag, pending } = this.at(time);
    const waiting = new Map<string, number>();
    for (const { stream, markAgeMs, configured, health } of streams) {
      if (!configured || markAgeMs === undefined || health.condition === "resting") continue;
      lag.set(stream.source, Math.max(0, markAgeMs, lag.get(stream.source) ?? 0));
    }
    for (const { name, books } of sinks.filter(({ configured }) => configured)) {
      add(waiting, waiting.size < MAX_SINKS ? name : REST, books.pending);
    }
    for (const [name, count] of waiting) pending.set(name, Math.max(count, pending.get(name) ?? 0));
  }

  report(): HistoryReport {
    const { samples } = this;
    const columns = <Key extends string>(keys: Iterable<Key>, pick: (sample: Sample) => ReadonlyMap<Key, number>) =>
      [...keys].map((key) => [key, samples.map((sample) => pick(sample).get(key) ?? null)] as const);
    const counts = <Key extends string>(keys: Iterable<Key>, pick: (sample: Sample) => ReadonlyMap<Key, number>) =>
      columns(keys, pick).map(([key, column]) => [key, column.map((count) => count ?? 0)] as const);
    return {
      minutes: samples.map(({ minute }) => minute),
      levels: Object.fromEntries(counts(LEVELS, ({ levels }) => levels)),
      types: Object.fromEntries(counts(this.types, ({ types }) => types)),
      lagMs: Object.fromEntries(columns(SOURCE_NAMES, ({ lag }) => lag)),
      pending: Object.fromEntries(columns(this.sinks(), ({ pending }) => pending)),
    };
  }

  private sinks(): ReadonlySet<string> {
    return new Set(this.samples.flatMap(({ pending }) => [...pending.keys()]));
  }

  /** The sample of a minute; the latest one where the clock has gone back. */
  private at(now: number): Sample {
    const minute = Math.floor(now / MINUTE_MS) * MINUTE_MS;
    const latest = this.samples.at(-1);
    if (latest && latest.minute >= minute) return latest;
    const sample: Sample = { minute, levels: new Map(), types: new Map(), lag: new Map(), pending: new Map() };
    const from = minute - MINUTES * MINUTE_MS;
    this.samples = [...this.samples.filter((old) => old.minute > from), sample];
    this.types = new Set(this.samples.flatMap(({ types }) => [...types.keys()]));
    return sample;
  }

  /** The name under which a type is counted. */
  private admitted(type: unknown): string {
    const isName = typeof type === "string" && NAME.test(type);
    const name = isName && (this.types.has(type) || this.types.size < MAX_TYPES) ? type : REST;
    this.types.add(name);
    return name;
  }
}

function add<Key>(counts: Map<Key, number>, key: Key, count = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

function levelOf(found: unknown): Level {
  return LEVELS.find((level) => typeof found === "string" && level === found.toLowerCase()) ?? "other";
}
