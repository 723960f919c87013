/** One line of the table that the fault suite prints, and what must hold for each. */
import { strict as assert } from "node:assert";

export interface Row {
  readonly fault: string;
  /** How often it really happened. */
  readonly caused: number;
  /** Events that became visible in Graph meanwhile. */
  readonly events: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly allowedDuplicates: number;
  /** From the end of the last fault until everything that was visible is stored. */
  readonly recoverySeconds: number;
  /** How often the books of all sinks were looked at; they added up each time. */
  readonly books?: number;
  /** What else was measured. */
  readonly remark?: string;
}

export const HEADER = `| fault | caused | events | lost | duplicated | allowed | recovery | books | |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |`;

export function line(row: Row): string {
  const { fault, caused, events, lost, duplicated, allowedDuplicates, recoverySeconds, books = 0, remark = "" } = row;
  const numbers = [caused, events, lost, duplicated, allowedDuplicates].map((number) => number.toLocaleString("en"));
  return `| ${[fault, ...numbers, `${recoverySeconds.toFixed(1)} s`, books || "–", remark].join(" | ")} |`;
}

/** The same row, when it keeps the promise and the fault happened as often as it was meant to. */
export function kept(row: Row, meant: number): Row {
  assert.ok(row.caused >= meant, `${row.fault}: happened ${row.caused} times only, not ${meant}`);
  assert.equal(row.lost, 0, `${row.fault}: ${row.lost} events lost`);
  assert.ok(
    row.duplicated <= row.allowedDuplicates,
    `${row.fault}: ${row.duplicated} duplicates, ${row.allowedDuplicates} allowed`,
  );
  return row;
}
