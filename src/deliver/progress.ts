/**
 * How far one sink is: what was examined, what was sent, what is confirmed. Pure bookkeeping of the pump.
 *
 * The cursor may pass an event only when every message up to it is confirmed; events that were left out or rejected
 * move it as soon as nothing before them waits.
 */
import type { Receipt, Rejection } from "../core/event.ts";
import type { Acknowledgement, Fates } from "../store/store.ts";

/**
 * What a pump does with an event. sent: for the first time. resent: at an operator's wish. filtered: the selection
 * leaves it out. told: a notice of the forwarder itself. foreign: it is for another sink alone.
 */
export type Fate = "sent" | "resent" | "told" | "filtered" | "foreign";

/** Whether a fate makes a message. */
export function isSent(fate: Fate): boolean {
  return fate === "sent" || fate === "resent" || fate === "told";
}

export interface Examined {
  readonly seq: number;
  readonly fate: Fate;
}

export class Progress {
  private cursor: number;
  private place: number;
  private lastSent: number | undefined;
  /** What was examined behind the cursor, in order: two batches at most. */
  private examined: readonly Examined[] = [];
  private rejected: readonly Rejection[] = [];
  /** Notices that were refused. */
  private refused = 0;

  constructor(cursor: number) {
    this.cursor = cursor;
    this.place = cursor;
  }

  /** The place in the log after which the next batch begins. */
  get position(): number {
    return this.place;
  }

  get hasUnconfirmed(): boolean {
    return this.lastSent !== undefined;
  }

  /** Notes a batch that was sent, and what of it could not be formatted. */
  advance(examined: readonly Examined[], rejected: readonly Rejection[]): void {
    const unsendable = new Set(rejected.map(({ seq }) => seq));
    const sent = examined.findLast(({ seq, fate }) => isSent(fate) && !unsendable.has(seq));
    this.place = examined.at(-1)?.seq ?? this.place;
    this.lastSent = sent?.seq ?? this.lastSent;
    this.examined = [...this.examined, ...examined];
    this.rejected = [...this.rejected, ...this.kept(rejected)];
  }

  /** What a receipt lets the store be told; undefined when the cursor stays. */
  answer(receipt: Receipt): Acknowledgement | undefined {
    this.rejected = [...this.rejected, ...this.kept(receipt.rejected)];
    const isAllConfirmed = this.lastSent === undefined || (receipt.confirmed ?? -1) >= this.lastSent;
    const cursor = isAllConfirmed ? this.place : Math.max(this.cursor, receipt.confirmed ?? -1);
    return cursor === this.cursor ? undefined : this.upTo(cursor);
  }

  /** The part of an answer that leaves at most `room` dead letters; undefined when the cursor stays. */
  within(answer: Acknowledgement, room: number): Acknowledgement | undefined {
    const tooMany = answer.rejected.toSorted((a, b) => a.seq - b.seq)[room];
    if (tooMany === undefined) return answer;
    return tooMany.seq - 1 <= this.cursor ? undefined : this.upTo(tooMany.seq - 1);
  }

  /** The store has taken the answer. */
  acknowledged({ cursor }: Acknowledgement): void {
    this.cursor = cursor;
    this.examined = this.examined.filter(({ seq }) => seq > cursor);
    this.rejected = this.rejected.filter(({ seq }) => seq > cursor);
    if (this.lastSent !== undefined && this.lastSent <= cursor) this.lastSent = undefined;
  }

  /** Everything that is not confirmed is to be sent again. */
  stepBack(): void {
    this.place = this.cursor;
    this.lastSent = undefined;
    this.examined = [];
    this.rejected = [];
  }

  /** How many notices were refused since this was asked last. */
  takeRefused(): number {
    const { refused } = this;
    this.refused = 0;
    return refused;
  }

  /** A notice that is refused is no dead letter: the next one tells more. */
  private kept(rejected: readonly Rejection[]): readonly Rejection[] {
    const told = new Set(this.examined.filter(({ fate }) => fate === "told").map(({ seq }) => seq));
    const kept = rejected.filter(({ seq }) => !told.has(seq));
    this.refused += rejected.length - kept.length;
    return kept;
  }

  private upTo(cursor: number): Acknowledgement {
    const rejected = this.rejected.filter(({ seq }) => seq <= cursor);
    return { expected: this.cursor, cursor, fates: this.fatesUpTo(cursor, rejected), rejected };
  }

  /** Places that held no event any more were pruned. */
  private fatesUpTo(cursor: number, rejected: readonly Rejection[]): Fates {
    const refused = new Set(rejected.map(({ seq }) => seq));
    const passed = this.examined.filter(({ seq }) => seq <= cursor);
    const sent = passed.filter(({ fate }) => fate === "sent");
    const undelivered = sent.filter(({ seq }) => refused.has(seq)).length;
    return {
      delivered: sent.length - undelivered,
      filtered: passed.filter(({ fate }) => fate === "filtered").length,
      rejected: undelivered,
      missed: cursor - this.cursor - passed.length,
      resent: passed.filter(({ fate }) => fate === "resent").length,
    };
  }
}
