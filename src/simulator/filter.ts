/**
 * The part of `$filter` that Graph documents for the three collections: comparisons joined by `and`. Strict: what Graph
 * refuses is refused with Graph's words.
 */
import type { GraphRecord } from "../core/event.ts";
import type { CollectionFacts } from "./catalogue.ts";
import { ticksOf } from "./clock.ts";
import { invalidFilter, unknownProperty } from "./graph-errors.ts";

type Operator = "eq" | "ge" | "gt" | "le" | "lt";

/** One comparison. `value` is ticks for a time. */
export interface Condition {
  readonly property: string;
  readonly isTime: boolean;
  readonly operator: Operator;
  readonly value: string | number;
}

/** All conditions must hold. */
export type Filter = readonly Condition[];

const COMPARISON =
  /^(?<property>[A-Za-z_]\w*(?:\/\w+)*) (?<operator>eq|ge|gt|le|lt) (?<literal>'(?:[^']|'')*'|[^'\s()]+)$/;
const LAMBDA = /^(?<property>[A-Za-z_]\w*)\/(?:any|all)\(/;
/** Up to an `and` outside quotes: a quoted text is taken whole. */
const TERM = /(?<term>(?:'(?:[^']|'')*'|[^'])+?)(?: and |$)/gy;
const TIME_LITERAL = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d{1,12})?Z)?$/;

/** Throws Refusal. */
export function parseFilter(text: string, facts: CollectionFacts): Filter {
  const terms = Array.from(text.matchAll(TERM), ({ groups }) => groups?.["term"] ?? "");
  if (terms.length === 0 || terms.join(" and ") !== text) throw invalidFilter(`filter not understood: ${text}`);
  return terms.map((term) => parseCondition(term, facts));
}

function parseCondition(term: string, facts: CollectionFacts): Condition {
  const { property, operator, literal } = COMPARISON.exec(term)?.groups ?? {};
  if (property === undefined || !isOperator(operator) || literal === undefined) {
    const name = LAMBDA.exec(term)?.groups?.["property"];
    if (name !== undefined && !isKnown(name, facts)) throw unknownProperty(name, facts.entityType);
    throw invalidFilter(`filter not understood: ${term}`);
  }
  if (!isKnown(property, facts)) throw unknownProperty(property, facts.entityType);
  if (facts.timeFilters.includes(property)) return timeCondition(property, operator, literal);
  if (operator !== "eq") throw invalidFilter(`only eq is supported: ${term}`);
  if (facts.textFilters.includes(property) && literal.startsWith("'")) {
    return { property, isTime: false, operator, value: literal.slice(1, -1).replaceAll("''", "'") };
  }
  if (facts.numberFilters.includes(property) && /^-?\d+$/.test(literal)) {
    return { property, isTime: false, operator, value: Number(literal) };
  }
  throw invalidFilter(`filter not supported: ${term}`);
}

function timeCondition(property: string, operator: Operator, literal: string): Condition {
  const ticks = TIME_LITERAL.test(literal)
    ? ticksOf(literal.includes("T") ? literal : `${literal}T00:00:00Z`)
    : undefined;
  if (ticks === undefined) throw invalidFilter(`not an unquoted UTC time: ${literal}`);
  // Returned records equal to the bound (issue microsoftgraph/microsoft-graph-docs#13750).
  const isLoose = operator === "gt" && property === "lastUpdatedDateTime";
  return { property, isTime: true, operator: isLoose ? "ge" : operator, value: ticks };
}

/** Whether a record passes a condition; a missing or null property passes none. */
export function matches(record: GraphRecord, condition: Condition): boolean {
  const value = valueAt(record, condition.property);
  if (!condition.isTime) return value === condition.value;
  const ticks = ticksOf(value);
  return ticks !== undefined && compares(ticks, condition);
}

/** Whether a time in ticks passes a condition. */
export function compares(ticks: number, { operator, value }: Condition): boolean {
  return COMPARE[operator](ticks, Number(value));
}

const COMPARE: Readonly<Record<Operator, (ticks: number, bound: number) => boolean>> = {
  eq: (ticks, bound) => ticks === bound,
  ge: (ticks, bound) => ticks >= bound,
  gt: (ticks, bound) => ticks > bound,
  le: (ticks, bound) => ticks <= bound,
  lt: (ticks, bound) => ticks < bound,
};

function isKnown(property: string, facts: CollectionFacts): boolean {
  const { timeFilters, textFilters, numberFilters, otherProperties } = facts;
  return [timeFilters, textFilters, numberFilters, otherProperties].some((names) => names.includes(property));
}

function isOperator(text: string | undefined): text is Operator {
  return text !== undefined && Object.hasOwn(COMPARE, text);
}

function valueAt(record: GraphRecord, path: string): unknown {
  let value: unknown = record;
  for (const name of path.split("/")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Reflect.get(value, name);
  }
  return value;
}
