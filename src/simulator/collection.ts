/**
 * The records of one source of one tenant, kept as the bytes that go on the wire. Sign-ins are ordered by time, newest
 * first; risk detections and risky users by a hash of their id: arbitrary, stable, and shifting when the set changes.
 */
import { createHash } from "node:crypto";
import type { GraphRecord } from "../core/event.ts";
import type { CollectionFacts } from "./catalogue.ts";
import { ticksOf } from "./clock.ts";
import { type Condition, compares, type Filter, matches } from "./filter.ts";

/** A visible record. `versions` holds every state that Graph has shown, the present one last. */
export interface Row {
  readonly id: string;
  /** Place in the collection's order. */
  readonly rank: number;
  readonly versions: Buffer[];
  /** The time by which the collection is read. */
  ticks: number;
  /** Number of its latest revision that was news. */
  revision: number;
}

export class Collection {
  readonly facts: CollectionFacts;
  private readonly ascending: Row[] = [];
  /** Sorted when next read: inserting in place took 230 µs a record where 100,000 came newest first (measured). */
  private isSorted = true;
  private readonly byId = new Map<string, Row>();

  constructor(facts: CollectionFacts) {
    this.facts = facts;
  }

  /** Makes a record visible. `fallbackTicks` is Graph's own time for a record whose written time is unreadable. */
  add(record: GraphRecord, fallbackTicks: number): Row {
    const id = record["id"];
    if (typeof id !== "string" || id === "") throw new TypeError("a record to show needs an id");
    if (this.byId.has(id)) throw new Error(`${this.facts.source} ${id} is already visible; revise it`);
    const ticks = ticksOf(record[this.facts.timeProperty]) ?? fallbackTicks;
    const rank = this.facts.source === "signIns" ? ticks : hashRank(id);
    const row: Row = { id, rank, ticks, versions: [bytesOf(record)], revision: 1 };
    this.isSorted &&= rank >= (this.ascending.at(-1)?.rank ?? rank);
    this.ascending.push(row);
    this.byId.set(id, row);
    return row;
  }

  /** Throws when no record with this id is visible. */
  row(id: string): Row {
    const row = this.byId.get(id);
    if (row === undefined) throw new Error(`${this.facts.source} ${id} is not visible`);
    return row;
  }

  /** Puts a new state in place of the present one. */
  replace(row: Row, record: GraphRecord): void {
    row.versions.push(bytesOf(record));
    if (this.facts.source !== "signIns") row.ticks = ticksOf(record[this.facts.timeProperty]) ?? row.ticks;
  }

  /** The rows that pass a filter, in Graph's default order, none with a time before `oldestTicks`. */
  select(filter: Filter, oldestTicks: number): Row[] {
    if (!this.isSorted) this.ascending.sort((a, b) => a.rank - b.rank);
    this.isSorted = true;
    if (this.facts.source !== "signIns") return this.ascending.filter((row) => this.passes(row, filter));
    const isTime = ({ property }: Condition) => property === this.facts.timeProperty;
    const others = filter.filter((condition) => !isTime(condition));
    const { from, to } = bounds(filter.filter(isTime), oldestTicks);
    const rows = this.ascending.slice(this.upperBound(from - 1), this.upperBound(to)).toReversed();
    return others.length === 0 ? rows : rows.filter((row) => this.passes(row, others));
  }

  private passes(row: Row, filter: Filter): boolean {
    return filter.every((condition) => {
      if (condition.property === this.facts.timeProperty) return compares(row.ticks, condition);
      return matches(recordOf(row), condition);
    });
  }

  /** Index behind the last row whose rank is at most `rank`. */
  private upperBound(rank: number): number {
    let low = 0;
    let high = this.ascending.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.ascending[middle]?.rank ?? rank) <= rank) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The present state of a row. */
export function recordOf(row: Row): GraphRecord {
  return parsed(row.versions.at(-1));
}

/** Every state of a row, oldest first. */
export function historyOf(row: Row): GraphRecord[] {
  return row.versions.map(parsed);
}

function parsed(bytes: Buffer | undefined): GraphRecord {
  const record: GraphRecord = JSON.parse(String(bytes ?? "{}"));
  return record;
}

function bytesOf(record: GraphRecord): Buffer {
  return Buffer.from(JSON.stringify(record));
}

function hashRank(id: string): number {
  return createHash("sha256").update(id).digest().readUIntBE(0, 6);
}

/** The span in whole ticks, both ends included, that conditions on one time leave. */
function bounds(conditions: Filter, oldestTicks: number): { from: number; to: number } {
  let from = oldestTicks;
  let to = Number.POSITIVE_INFINITY;
  for (const { operator, value } of conditions) {
    const ticks = Number(value);
    if (operator === "ge" || operator === "eq") from = Math.max(from, ticks);
    if (operator === "gt") from = Math.max(from, ticks + 1);
    if (operator === "le" || operator === "eq") to = Math.min(to, ticks);
    if (operator === "lt") to = Math.min(to, ticks - 1);
  }
  return { from, to };
}
