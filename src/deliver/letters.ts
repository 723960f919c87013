/**
 * What is said of a sink's dead letters. The reasons may quote what the collector answered, and so an event: they
 * are in the dead letters only.
 */
import { ERROR_CODES, type ErrorCode } from "../core/codes.ts";
import { BlockedError } from "../core/errors.ts";
import type { Rejection } from "../core/event.ts";
import type { Notice } from "../core/notice.ts";
import type { Sink } from "../sinks/sink.ts";
import { MAX_DEAD_LETTERS } from "../store/store.ts";
import type { Log, Metadata } from "../telemetry/log.ts";

const REMEDY = "Look at them with dead-letters list, then dead-letters replay or drop them";
const MOST_SEQS = 5;

export interface Hearers {
  readonly sink: Pick<Sink, "name">;
  readonly log: Log;
  /** Tells the SIEM. */
  readonly tell: (notice: Notice) => void;
}

/** Once for each batch that has some. */
export function tellOfLetters(rejected: readonly Rejection[], { sink, log, tell }: Hearers): void {
  if (rejected.length === 0) return;
  log.error("events rejected, kept as dead letters", lettersLine(sink.name, rejected));
  tell(lettersNotice(sink.name, rejected));
}

function lettersLine(sink: string, rejected: readonly Rejection[]): Metadata {
  const seqs = rejected.slice(0, MOST_SEQS).map(({ seq }) => seq);
  return { code: codesOf(rejected).join(" "), sink, events: rejected.length, seqs, remedy: REMEDY };
}

function lettersNotice(sink: string, rejected: readonly Rejection[]): Notice {
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
