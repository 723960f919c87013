/** Fixed intervals on a monotonic clock. Pure. */

/**
 * The first slot after `now` of a series that starts at `first` and repeats every `every`, all in milliseconds. Slots
 * do not drift with late ticks, and slots that were missed are not made up for.
 */
export function nextSlot(first: number, every: number, now: number): number {
  if (now < first) return first;
  return first + (Math.floor((now - first) / every) + 1) * every;
}

/** Two streams start at least this far apart where their interval allows it. */
const SPREAD_MS = 250;

/** How long after the start the stream number `index` of `count` takes its first slot, in milliseconds. */
export function startOffset(index: number, count: number, every: number): number {
  return index * Math.min(SPREAD_MS, every / Math.max(count, 1));
}
