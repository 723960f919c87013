/** A stream's checkpoint: its high-water mark, its re-reads and its sweeps. All times are epoch milliseconds of Graph's clock. */
import type { StreamId } from "./event.ts";

/** Why a span below the mark must be read (again); the last three at an operator's wish. */
type ReReadReason =
  | "first start"
  | "outage"
  | "unreadable head"
  | "unreadable table"
  | "unreadable"
  | "sweep"
  | "backfill"
  | "audit"
  | "repair";

export interface NewReRead {
  readonly reason: ReReadReason;
  readonly from: number;
  readonly to: number;
  /** Length of the sweep tier this row belongs to, for `sweep` only. */
  readonly tierMs?: number;
  /** The sink to which a `backfill` sends again what was accepted before. */
  readonly sink?: string;
}

/** What must be read (again) below the mark: persistent and resumable. */
export interface ReRead extends NewReRead {
  readonly id: number;
  /** Everything from `from` up to here is covered. */
  readonly position: number;
  /** Length of the next slice. */
  readonly sliceMs: number;
  /** Page size where it had to be made smaller than the source's own. */
  readonly top?: number;
  readonly failures: number;
}

/** Whether an operator asked for a re-read. */
export function isErrand({ reason }: NewReRead): boolean {
  return reason === "backfill" || reason === "audit" || reason === "repair";
}

/** The end of the last completed sweep of a tier. */
export interface SweepState {
  readonly tierMs: number;
  readonly completedTo: number;
}

export interface StreamState {
  readonly stream: StreamId;
  /** Host time at which this stream was first configured. */
  readonly born: number;
  /** Up to here the head has been read; undefined before the first answer of Graph. */
  readonly mark?: number;
  readonly rereads: readonly ReRead[];
  readonly sweeps: readonly SweepState[];
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What one commit changes in a checkpoint. Absent parts stay as they are. */
export interface StreamChange {
  readonly mark?: number;
  readonly opened?: readonly NewReRead[];
  readonly updated?: ReRead;
  /** A re-read that is covered to its end. */
  readonly completed?: ReRead;
  readonly sweeps?: readonly SweepState[];
  /** A span that Graph no longer holds. */
  readonly lost?: Span;
}
