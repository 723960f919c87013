/** The query options of a list request, as strictly as Graph takes them. */
import { Refusal } from "./answer.ts";
import type { CollectionFacts } from "./catalogue.ts";
import { ticksOfMs } from "./clock.ts";
import { type Filter, parseFilter } from "./filter.ts";
import { INVALID_FILTER, invalidPageSize, optionNotAllowed, unknownProperty } from "./graph-errors.ts";

export interface Query {
  readonly filter: Filter;
  readonly top: number;
  /** Properties to show; undefined for all. */
  readonly select?: readonly string[];
  /** Oldest first instead of Graph's newest first; sign-ins only. */
  readonly isAscending: boolean;
}

/** Throws Refusal. */
export function parseQuery(options: URLSearchParams, facts: CollectionFacts): Query {
  for (const [option, value] of options) {
    if (!["$filter", "$top", "$select", "$orderby"].includes(option)) throw optionNotAllowed(option);
    if (options.getAll(option).length > 1) throw new Refusal(INVALID_FILTER, `${option} given twice: ${value}`);
  }
  const filter = options.get("$filter");
  const select = options.get("$select");
  return {
    filter: filter === null ? [] : parseFilter(filter, facts),
    top: parseTop(options.get("$top"), facts),
    ...(select === null ? {} : { select: parseSelect(select, facts) }),
    isAscending: isAscending(options.get("$orderby"), facts),
  };
}

/** Throws Refusal when a sign-in filter reaches below what Graph still holds. */
export function checkRetention({ filter }: Query, facts: CollectionFacts, oldestMs: number): void {
  if (facts.source !== "signIns") return;
  const oldest = ticksOfMs(oldestMs);
  const isTooOld = filter.some(({ isTime, operator, value }) => {
    return isTime && (operator === "ge" || operator === "gt" || operator === "eq") && Number(value) < oldest;
  });
  if (isTooOld) throw new Refusal(INVALID_FILTER);
}

function parseTop(text: string | null, { defaultTop, maxTop }: CollectionFacts): number {
  if (text === null) return defaultTop;
  const top = /^\d+$/.test(text) ? Number(text) : 0;
  if (top < 1 || top > maxTop) throw invalidPageSize(text, maxTop);
  return top;
}

function parseSelect(text: string, facts: CollectionFacts): readonly string[] {
  const names = text.split(",");
  const known = [facts.timeFilters, facts.textFilters, facts.otherProperties].flat();
  for (const name of names) {
    if (!known.includes(name)) throw unknownProperty(name, facts.entityType);
  }
  return names;
}

/** Only sign-ins document an order; on the risk collections nobody may depend on one. */
function isAscending(text: string | null, facts: CollectionFacts): boolean {
  if (text === null) return false;
  if (facts.source !== "signIns") throw optionNotAllowed("$orderby");
  const { direction } = /^createdDateTime(?: (?<direction>asc|desc))?$/.exec(text)?.groups ?? { direction: "none" };
  if (direction === "none") throw new Refusal(INVALID_FILTER, `$orderby not supported: ${text}`);
  return direction !== "desc";
}
