/** The seam between ingest and one Graph collection. Sources never see the store. */
import type { GraphRecord, Hint, Identity, SourceName } from "../core/event.ts";
import type { Pulse } from "../core/pulse.ts";
import type { Coverage } from "../core/slices.ts";
import type { Budget, GraphClient, Page, Priority } from "../graph/graph-client.ts";

/**
 * The span of a read in epoch milliseconds, both ends included; an absent end is open. `top` is the page size where it
 * is smaller than the source's own.
 */
export interface Window {
  readonly from?: number;
  readonly to?: number;
  readonly top?: number;
  readonly priority: Priority;
  /** Told of every step of the read. */
  readonly pulse?: Pulse;
}

export interface Source {
  readonly name: SourceName;
  readonly budget: Budget;
  /** The application permission that an administrator must grant. */
  readonly permission: string;
  /** Largest page that Graph allows. */
  readonly maxPageSize: number;
  /** How a re-read covers a span of this collection. */
  readonly coverage: Coverage;
  /** How long after its time an id can still be returned, in milliseconds; undefined: for ever. */
  readonly forgetAfterMs?: number;

  pages(window: Window, graph: GraphClient, signal: AbortSignal): AsyncIterable<Page>;
  /** Never throws: a record without id, time or readable fields is identified by what it has. */
  identify(record: GraphRecord): Identity;
  /** What the first bytes of a record say of its key; undefined: nothing. */
  hint(json: Buffer): Hint | undefined;
}
