/** What a pump tells the store when every event between two places was sent. */
import type { Rejection } from "../../src/core/event.ts";
import type { Acknowledgement } from "../../src/store/store.ts";

export function acknowledgement(
  expected: number,
  cursor: number,
  rejected: readonly Rejection[] = [],
): Acknowledgement {
  const delivered = cursor - expected - rejected.length;
  const fates = { delivered, filtered: 0, rejected: rejected.length, missed: 0, resent: 0 };
  return { expected, cursor, fates, rejected };
}
