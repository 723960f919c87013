/** What a benchmark finds: one figure with its reference from the same run, and how both are printed. */

export interface Figure {
  readonly name: string;
  /** Median of the rounds; what it counts is in the name. */
  readonly value: number;
  /** What it is held against, measured in the same run or given. */
  readonly reference: number;
  /** What the gate and the goal are about: mostly value / reference. */
  readonly ratio: number;
  /** Lowest and highest of the rounds. */
  readonly spread: readonly [number, number];
  /** Bounds of the ratio; a figure without a gate is published only. */
  readonly gate?: Bound;
  readonly goal?: Bound;
  /** Whether the gate is met. */
  readonly met: boolean;
}

/** `atLeast` for figures that are better when larger. */
type Bound = { readonly atMost: number } | { readonly atLeast: number };

interface Rounds {
  readonly name: string;
  readonly values: readonly number[];
  readonly references: readonly number[];
  /** By default value / reference. */
  readonly ratioOf?: (value: number, reference: number) => number;
  readonly gate?: Bound;
  readonly goal?: Bound;
}

export function figure({ name, values, references, ratioOf = divide, gate, goal }: Rounds): Figure {
  const value = median(values);
  const reference = median(references);
  const ratio = ratioOf(value, reference);
  const spread = [Math.min(...values), Math.max(...values)] as const;
  const bounds = { ...(gate === undefined ? {} : { gate }), ...(goal === undefined ? {} : { goal }) };
  return { name, value, reference, ratio, spread, ...bounds, met: gate === undefined || keeps(ratio, gate) };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/** The value below which a share of the values lies, by nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function keeps(ratio: number, bound: Bound): boolean {
  return "atMost" in bound ? ratio <= bound.atMost : ratio >= bound.atLeast;
}

/** The rows of a Markdown table. */
export function table(figures: readonly Figure[]): string {
  const head = ["figure", "value", "spread", "reference", "ratio", "gate", "goal", "met"];
  const rows = figures.map(({ name, value, spread, reference, ratio, gate, goal, met }) => [
    name,
    short(value),
    `${short(spread[0])} to ${short(spread[1])}`,
    short(reference),
    short(ratio),
    written(gate),
    written(goal),
    met ? verdict(ratio, gate, goal) : "**no**",
  ]);
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function verdict(ratio: number, gate?: Bound, goal?: Bound): string {
  if (goal !== undefined && keeps(ratio, goal)) return "goal";
  return gate === undefined ? "published" : "gate";
}

function written(bound?: Bound): string {
  if (bound === undefined) return "–";
  return "atMost" in bound ? `≤ ${short(bound.atMost)}` : `≥ ${short(bound.atLeast)}`;
}

/** Three digits are more than the machine repeats. */
function short(value: number): string {
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

function divide(value: number, reference: number): number {
  return value / reference;
}
