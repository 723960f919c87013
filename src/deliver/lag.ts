/** How long the events of one sink have waited for its answer. Pure bookkeeping of the pump. */

/** An event and when it was read, in epoch milliseconds of the host's clock. */
export interface Sent {
  readonly seq: number;
  readonly received: number;
}

export class Lag {
  /** What was sent for the first time and is not answered for, in the log's order: two batches at most. */
  private sent: readonly Sent[] = [];

  note(sent: readonly Sent[]): void {
    this.sent = [...this.sent, ...sent];
  }

  /** The sink has answered up to a place: how many events were read at which time, in the host's clock. */
  answered(cursor: number): ReadonlyMap<number, number> {
    const counts = new Map<number, number>();
    for (const { seq, received } of this.sent) {
      if (seq <= cursor) counts.set(received, (counts.get(received) ?? 0) + 1);
    }
    this.sent = this.sent.filter(({ seq }) => seq > cursor);
    return counts;
  }

  /** Everything that is not answered for is to be sent again. */
  stepBack(): void {
    this.sent = [];
  }
}
