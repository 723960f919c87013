/** What is said of a sink's dead letters. Pure. */
import { BlockedError } from "../core/errors.ts";
import type { Rejection } from "../core/event.ts";
import type { Notice } from "../core/notice.ts";
import { MAX_DEAD_LETTERS } from "../store/store.ts";

const LOOK_AT_THEM = "Look at them with dead-letters list, then dead-letters replay or drop them";

/** Undefined where nothing was rejected. */
export function lettersNotice(sink: string, rejected: readonly Rejection[]): Notice | undefined {
  const [first] = rejected;
  if (first === undefined) return undefined;
  const count = rejected.length;
  const message = `${count === 1 ? "an event is kept" : `${count} events are kept`}, the first as ${first.reason}`;
  return { kind: "deadLetters", sink, count, message, remedy: LOOK_AT_THEM };
}

export function lettersFull(sink: string): BlockedError {
  return new BlockedError(
    "ERF4011",
    `the dead letters of sink ${sink} are full (${MAX_DEAD_LETTERS})`,
    `${LOOK_AT_THEM}; sending resumes by itself.`,
  );
}
