/** One page of a walk and the faults that change it. Pure, apart from the links it asks for. */
import { type Fault, isPageFault, type PageFault } from "./faults.ts";
import type { Item } from "./walks.ts";

/** A page before it is written. `next` is the offset that its nextLink leads to; undefined on the last page. */
export interface PagePlan {
  readonly items: readonly Item[];
  readonly next?: number;
}

/** The page at an offset. */
export function planPage(items: readonly Item[], offset: number, top: number): PagePlan {
  const end = offset + top;
  return { items: items.slice(offset, end), ...(end < items.length ? { next: end } : {}) };
}

/** The fault as one that can change this page; undefined where it cannot, or is none of a page. */
export function asPageFault(fault: Fault, { items }: PagePlan, top: number): PageFault | undefined {
  if (!isPageFault(fault)) return undefined;
  return canChange(fault, items, top) ? fault : undefined;
}

function canChange(fault: PageFault, items: readonly Item[], top: number): boolean {
  if (fault.kind === "short-page" || fault.kind === "reordered-page") return items.length > 1;
  if (fault.kind === "repeated-page") return items.length > 0;
  if (fault.kind === "stale") return items.some((item) => isStaled(fault.id, item));
  if (fault.kind !== "unparsable") return true;
  const isHeld = fault.holding === undefined || items.some(({ row }) => row.id === fault.holding);
  return isHeld && top > (fault.aboveTop ?? 0);
}

/** The page as a fault leaves it. */
export function reshape(fault: PageFault, plan: PagePlan, offset: number): PagePlan {
  const { items } = plan;
  if (fault.kind === "empty-page") return { items: [], next: offset };
  if (fault.kind === "repeated-page") return { items, next: offset };
  if (fault.kind === "reordered-page") return { ...plan, items: items.toReversed() };
  if (fault.kind === "stale") {
    return { ...plan, items: items.map((item) => (isStaled(fault.id, item) ? staled(item) : item)) };
  }
  if (fault.kind !== "short-page") return plan;
  const half = Math.floor(items.length / 2);
  return { items: items.slice(0, half), next: offset + half };
}

function isStaled(id: string | undefined, { row }: Item): boolean {
  return row.versions.length > 1 && (id === undefined || row.id === id);
}

function staled({ row, bytes }: Item): Item {
  return { row, bytes: row.versions.at(-2) ?? bytes };
}
