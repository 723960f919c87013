/**
 * What is said of a sink's dead letters. Pure. The reasons may quote what the collector answered, and so an event: they
 * are in the dead letters only.
 */
import { ERROR_CODES, type ErrorCode } from "../core/codes.ts";
import { BlockedError } from "../core/errors.ts";
import type { Rejection } from "../core/event.ts";
import type { Notice } from "../core/notice.ts";
import { MAX_DEAD_LETTERS } from "../store/store.ts";
import type { Metadata } from "../telemetry/log.ts";

const REMEDY = "Look at them with dead-letters list, then dead-letters replay or drop them";
const MOST_SEQS = 5;

/** For the log: one line for each batch. */
export function lettersLine(sink: string, rejected: readonly Rejection[]): Metadata {
  const seqs = rejected.slice(0, MOST_SEQS).map(({ seq }) => seq);
  return { code: codesOf(rejected).join(" "), sink, events: rejected.length, seqs, remedy: REMEDY };
}

/** For the SIEM. */
export function lettersNotice(sink: string, rejected: readonly Rejection[]): Notice {
  const [code] = codesOf(rejected);
  const count = rejected.length;
  const message = `${count === 1 ? "an event was" : `${count} events were`} rejected and kept`;
  return { kind: "deadLetters", sink, code, count, message, remedy: REMEDY };
}

export function lettersFull(sink: string): BlockedError {
  const message = `the dead letters of sink ${sink} are full (${MAX_DEAD_LETTERS})`;
  return new BlockedError("ERF4011", message, `${REMEDY}; sending resumes by itself.`);
}

/** Each reason begins with its code. */
function codesOf(rejected: readonly Rejection[]): readonly ErrorCode[] {
  const words = rejected.map(({ reason }) => reason.split(" ", 1)[0] ?? "");
  return [...new Set(words)].filter(isCode);
}

function isCode(word: string): word is ErrorCode {
  return Object.hasOwn(ERROR_CODES, word);
}
