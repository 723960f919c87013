/** What the loops are doing, in the one line that an operator reads in `systemctl status`. */
import type { Condition } from "./health.ts";

const CONDITIONS = ["working", "waiting", "blocked", "resting"] as const satisfies readonly Condition[];

/** `isFull`: polling is paused because the event log is. */
export function summaryOf(streams: readonly Condition[], sinks: readonly Condition[], isFull: boolean): string {
  const full = isFull ? "; event log full, polling is paused" : "";
  return `streams: ${countsOf(streams)}; sinks: ${countsOf(sinks)}${full}`;
}

function countsOf(found: readonly Condition[]): string {
  const counts = CONDITIONS.map((condition) => ({ condition, count: found.filter((one) => one === condition).length }));
  const told = counts.filter(({ count }) => count > 0).map(({ condition, count }) => `${count} ${condition}`);
  return told.length === 0 ? "none" : told.join(", ");
}
