/**
 * Walks over a collection, page by page. Sign-ins are walked as they were at the first page; the risk collections are
 * live: each page counts its offset in the set as it is then, so rows slip over page borders when the set changes.
 */
import { randomBytes } from "node:crypto";
import { Refusal } from "./answer.ts";
import { ticksOfMs } from "./clock.ts";
import type { Collection, Row } from "./collection.ts";
import { SKIP_TOKEN_NULL, TOKEN_NOT_FOUND } from "./graph-errors.ts";
import type { Query } from "./query.ts";

/** A record on a page, with the state that the page shows. */
export interface Item {
  readonly row: Row;
  readonly bytes: Buffer;
}

export interface Walk {
  readonly tenantId: string;
  readonly collection: Collection;
  readonly query: Query;
  readonly oldestMs: number;
  readonly options: string;
  /** The items of a walk that does not change under way. */
  readonly snapshot?: readonly Item[];
}

/** A place in a walk. */
export interface Position {
  readonly walk: Walk;
  readonly offset: number;
}

interface Issued extends Position {
  readonly link: string;
}

/** Skip tokens of the oldest walks are forgotten beyond this. */
const KEPT_TOKENS = 20_000;

export class Walks {
  private readonly issued = new Map<string, Issued>();

  /** A nextLink to a place in a walk. `base` is the collection's address. */
  link(base: string, { walk, offset }: Position): string {
    const token = `${randomBytes(16).toString("hex")}_${offset}`;
    const link = `${base}?${walk.options}${walk.options === "" ? "" : "&"}$skiptoken=${token}`;
    this.issued.set(token, { walk, offset, link });
    const [oldest] = this.issued.keys();
    if (this.issued.size > KEPT_TOKENS && oldest !== undefined) this.issued.delete(oldest);
    return link;
  }

  /** Where a followed nextLink leads. Throws Refusal unless it is as it was issued, and to this tenant. */
  follow(url: URL, tenantId: string): Position {
    const token = url.searchParams.get("$skiptoken");
    if (token === "") throw new Refusal(SKIP_TOKEN_NULL, "empty skip token");
    const found = this.issued.get(token ?? "");
    if (found === undefined) throw new Refusal(TOKEN_NOT_FOUND, `unknown skip token ${token}`);
    if (found.walk.tenantId !== tenantId) {
      throw new Refusal(TOKEN_NOT_FOUND, `token of tenant ${tenantId} sent with a nextLink of ${found.walk.tenantId}`);
    }
    const link = new URL(found.link);
    if (link.pathname !== url.pathname || String(link.searchParams) !== String(url.searchParams)) {
      throw new Refusal(TOKEN_NOT_FOUND, `nextLink modified: ${url.pathname}${url.search}`);
    }
    return found;
  }
}

/** Begins a walk. `oldestMs` is the edge of the collection's retention. */
export function beginWalk(start: Omit<Walk, "snapshot">): Walk {
  if (start.collection.facts.source !== "signIns") return start;
  return { ...start, snapshot: select(start) };
}

/** Every item of a walk, as it is now. */
export function itemsOf(walk: Walk): readonly Item[] {
  return walk.snapshot ?? select(walk);
}

function select({ collection, query, oldestMs }: Omit<Walk, "snapshot">): readonly Item[] {
  const rows = collection.select(query.filter, ticksOfMs(oldestMs));
  if (query.isAscending) rows.reverse();
  return rows.map((row) => ({ row, bytes: row.versions.at(-1) ?? Buffer.alloc(0) }));
}
