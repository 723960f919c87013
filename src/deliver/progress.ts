/**
 * How far one sink is: what was examined, what was sent, what is confirmed. Pure bookkeeping of the pump.
 *
 * The cursor may pass an event only when every message up to it is confirmed; events that were left out or rejected
 * move it as soon as nothing before them waits.
 */
import type { Receipt, Rejection } from "../core/event.ts";
import type { Acknowledgement } from "../store/store.ts";

export class Progress {
  private cursor: number;
  private examined: number;
  private lastSent: number | undefined;
  private rejected: Rejection[] = [];

  constructor(cursor: number) {
    this.cursor = cursor;
    this.examined = cursor;
  }

  /** The place in the log after which the next batch begins. */
  get position(): number {
    return this.examined;
  }

  get hasUnconfirmed(): boolean {
    return this.lastSent !== undefined;
  }

  /** Notes a batch: examined up to a seq, the last one sent of it, and what could not be formatted. */
  advance(examined: number, lastSent: number | undefined, rejected: readonly Rejection[]): void {
    this.examined = examined;
    this.lastSent = lastSent ?? this.lastSent;
    this.rejected.push(...rejected);
  }

  /** What a receipt lets the store be told; undefined when the cursor stays. */
  answer(receipt: Receipt): Acknowledgement | undefined {
    this.rejected.push(...receipt.rejected);
    const isAllConfirmed = this.lastSent === undefined || (receipt.confirmed ?? -1) >= this.lastSent;
    const cursor = isAllConfirmed ? this.examined : Math.max(this.cursor, receipt.confirmed ?? -1);
    if (cursor === this.cursor) return undefined;
    return { expected: this.cursor, cursor, rejected: this.rejected.filter(({ seq }) => seq <= cursor) };
  }

  /** The store has taken the answer. */
  acknowledged({ cursor }: Acknowledgement): void {
    this.cursor = cursor;
    this.rejected = this.rejected.filter(({ seq }) => seq > cursor);
    if (this.lastSent !== undefined && this.lastSent <= cursor) this.lastSent = undefined;
  }

  /** Everything that is not confirmed is to be sent again. */
  stepBack(): void {
    this.examined = this.cursor;
    this.lastSent = undefined;
    this.rejected = [];
  }
}
