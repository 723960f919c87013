/** What a collector has stored, counted as it comes in: a file of many events is read once and not at every look. */
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import type { LedgerEntry } from "../../src/simulator/ledger.ts";
import { isNoticeLine } from "./notice-lines.ts";
import { identityOf } from "./scenario.ts";

const PIECE = Buffer.alloc(4 * 1024 * 1024);

export class Stored {
  /** How often each identity was stored, in the order in which they first came. */
  private readonly counts = new Map<string, number>();
  private readonly file: string;
  private offset = 0;
  /** The start of a line that is being written. */
  private rest = "";
  private lines = 0;

  constructor(file: string) {
    this.file = file;
  }

  /** Reads what was added since the last time; answers how many different events are stored. */
  read(): number {
    if (!existsSync(this.file)) return 0;
    const descriptor = openSync(this.file, "r");
    try {
      for (let length = this.piece(descriptor); length > 0; length = this.piece(descriptor)) this.count(length);
    } finally {
      closeSync(descriptor);
    }
    return this.counts.size;
  }

  /** Messages beyond the first of each event. */
  get repeats(): number {
    return this.lines - this.counts.size;
  }

  /** The events in the order in which each first came. */
  get identities(): readonly string[] {
    return [...this.counts.keys()];
  }

  has(identity: string): boolean {
    return this.counts.has(identity);
  }

  /** What became visible and is not stored. */
  missing(ledger: readonly LedgerEntry[]): string[] {
    return ledger.map(ledgerIdentity).filter((identity) => !this.counts.has(identity));
  }

  private piece(descriptor: number): number {
    return readSync(descriptor, PIECE, 0, PIECE.length, this.offset);
  }

  private count(length: number): void {
    this.offset += length;
    // Identities are ASCII; whatever else is in a line may be cut anywhere.
    const lines = (this.rest + PIECE.toString("latin1", 0, length)).split("\n");
    this.rest = lines.pop() ?? "";
    const events = lines.filter((line) => !isNoticeLine(line));
    this.lines += events.length;
    for (const line of events) {
      const identity = identityOf(line);
      this.counts.set(identity, (this.counts.get(identity) ?? 0) + 1);
    }
  }
}

/** `tenant/id@revision`, as `identityOf` reads it from a line. */
export function ledgerIdentity({ tenantId, id, revision }: LedgerEntry): string {
  return `${tenantId}/${id}@${revision}`;
}
