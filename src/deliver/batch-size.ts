/**
 * How many events go into a batch. Pure. It halves when the collector stalls and doubles again after a row of full
 * batches that went well: a slow collector must be able to read a whole batch before it counts as stalled, or the same
 * batch is sent again for ever.
 */
import { ForwarderError } from "../core/errors.ts";

export interface BatchSize {
  readonly events: number;
  /** Full batches in a row that went well at this size. */
  readonly successes: number;
}

/** What is too much for a collector is tried again so rarely, for each try repeats up to two batches. */
const WIDEN_AFTER = 10;

export function whole(maxBatch: number): BatchSize {
  return { events: maxBatch, successes: 0 };
}

/** A collector that stalls gets less at once. One that refuses every message gets more: a refusal may be of one only. */
export function afterError(size: BatchSize, error: unknown, largest: number): BatchSize {
  if (!(error instanceof ForwarderError)) return size;
  if (error.code === "ERF4002") return narrowed(size);
  return error.code === "ERF4010" ? whole(largest) : size;
}

export function narrowed({ events }: BatchSize): BatchSize {
  return { events: Math.max(1, Math.floor(events / 2)), successes: 0 };
}

/** A batch that was not full proves nothing about its size. */
export function widened(size: BatchSize, examined: number, largest: number): BatchSize {
  const { events, successes } = size;
  if (examined < events || events >= largest) return size;
  if (successes + 1 < WIDEN_AFTER) return { events, successes: successes + 1 };
  return { events: Math.min(largest, events * 2), successes: 0 };
}
