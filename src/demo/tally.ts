/** Holds what became visible in Graph against what the collector received. Pure bookkeeping of the demo. */
import type { LedgerEntry } from "../simulator/ledger.ts";

/** One line at the collector, reduced to what the tally needs. */
export interface Arrival {
  /** Tenant and `devicePayloadId`: the identity of a revision. */
  readonly identity: string;
  /** The connection that brought it, counted from 1. */
  readonly connection: number;
}

export interface Totals {
  readonly visible: number;
  readonly delivered: number;
  readonly lost: number;
  /** Repeats that no outage explains. */
  readonly duplicated: number;
  /** Repeats of what was unconfirmed when the collector went away. */
  readonly repeatedAfterOutage: number;
  readonly late: number;
  readonly revised: number;
}

function identityOf({ tenantId, id, revision }: LedgerEntry): string {
  return `${tenantId}/${id}@${revision}`;
}

/** The cursor trails by one batch, and the outage cuts the next: two connections may be sent again. */
const UNCONFIRMED_CONNECTIONS = 2;

export class Tally {
  private readonly first = new Map<string, number>();
  private readonly outages: number[] = [];
  private lastConnection = 0;
  private duplicated = 0;
  private repeatedAfterOutage = 0;

  /** Notes a line; answers whether it is the first with its identity. */
  arrived({ identity, connection }: Arrival): boolean {
    this.lastConnection = Math.max(this.lastConnection, connection);
    const before = this.first.get(identity);
    if (before === undefined) {
      this.first.set(identity, connection);
      return true;
    }
    const isExplained = this.outages.some(
      (last) => before > last - UNCONFIRMED_CONNECTIONS && before <= last && connection > last,
    );
    if (isExplained) this.repeatedAfterOutage += 1;
    else this.duplicated += 1;
    return false;
  }

  /** The collector goes away now. */
  outage(): void {
    this.outages.push(this.lastConnection);
  }

  totals(ledger: readonly LedgerEntry[]): Totals {
    const delivered = ledger.filter((entry) => this.first.has(identityOf(entry)));
    return {
      visible: ledger.length,
      delivered: delivered.length,
      lost: ledger.length - delivered.length,
      duplicated: this.duplicated,
      repeatedAfterOutage: this.repeatedAfterOutage,
      late: delivered.filter(({ late }) => late === true).length,
      revised: delivered.filter(({ revision }) => revision > 1).length,
    };
  }
}
