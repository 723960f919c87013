/** A processor profile as `node --cpu-prof` writes it: which part of a time went into what. */
import { readFileSync } from "node:fs";

interface Node {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

interface Written {
  readonly nodes: readonly Node[];
  /** Of the monotonic clock, in microseconds, as the deltas. */
  readonly startTime: number;
  /** What ran at each sample, and how long after the one before. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** On the monotonic clock, in microseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The present on the monotonic clock, which all processes of a host share, in microseconds. */
export function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/** Seconds of a span in which the main thread was busy, and those of them with a call that is asked about on the stack. */
export function busySeconds(path: string, { from, to }: Span, isAskedAbout: (stack: readonly string[]) => boolean) {
  const { nodes, startTime, samples, timeDeltas }: Written = JSON.parse(readFileSync(path, "utf8"));
  const stacks = stacksOf(nodes);
  const asked = new Set([...stacks].filter(([, stack]) => isAskedAbout(stack)).map(([id]) => id));
  const busy = new Set(nodes.filter(({ callFrame }) => callFrame.functionName !== "(idle)").map(({ id }) => id));
  const micros = { all: 0, asked: 0 };
  let at = startTime;
  for (const [index, delta] of timeDeltas.entries()) {
    at += delta;
    const id = samples[index] ?? 0;
    if (at < from || at > to || !busy.has(id)) continue;
    micros.all += delta;
    if (asked.has(id)) micros.asked += delta;
  }
  return { all: micros.all / 1e6, asked: micros.asked / 1e6 };
}

/** The places of the calls that lead to each node, the node's own first. */
function stacksOf(nodes: readonly Node[]): Map<number, readonly string[]> {
  const callers = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const places = new Map(nodes.map(({ id, callFrame }) => [id, callFrame.url]));
  const stackOf = (id: number | undefined): string[] =>
    id === undefined ? [] : [places.get(id) ?? "", ...stackOf(callers.get(id))];
  return new Map(nodes.map(({ id }) => [id, stackOf(id)]));
}
