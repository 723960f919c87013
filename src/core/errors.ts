/**
 * Errors say who must act; the two loops (ingest and deliver) decide by class alone what to do:
 *
 *   TransientError    nobody: back off with jitter, keep the position, try again
 *   BlockedError      an operator: park this stream or sink, show the remedy, probe rarely
 *   UnavailableError  nobody: the tenant's licence or cloud does not have it; rest, probe hourly
 *   TooOldError       nobody: Graph no longer holds the span; cut it from the re-read and report it
 *   ConfigError       an operator, before anything started: exit 78
 *   StateError        an operator: the state cannot be used; exit 65
 *   RequestError      an operator: a command asks for what is not there; exit 1
 *   BackupError       an operator: a copy of the state cannot be written; the command exits 1
 *
 * Anything else is a bug. Messages never carry a secret, a token or a record.
 */
import { ERROR_CODES, type ErrorCode } from "./codes.ts";

/** What every error of ours tells: a stable code, and what to do about it. */
export abstract class ForwarderError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string;

  constructor(code: ErrorCode, message: string, cause?: unknown, remedy: string = ERROR_CODES[code].remedy) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.remedy = remedy;
  }
}

export interface TransientOptions {
  readonly cause?: unknown;
  /** Wait that the other side asked for, in milliseconds. */
  readonly retryAfterMs?: number;
  /** True when a smaller slice or page could succeed: time-out, size, bad JSON, expired skip token. */
  readonly narrow?: boolean;
}

/** The other side will recover, or the outcome is unknown. */
export class TransientError extends ForwarderError {
  readonly retryAfterMs: number;
  readonly narrow: boolean;

  constructor(code: ErrorCode, message: string, options: TransientOptions = {}) {
    super(code, message, options.cause);
    this.retryAfterMs = options.retryAfterMs ?? 0;
    this.narrow = options.narrow ?? false;
  }
}

/** An operator must act; `remedy` says how. */
export class BlockedError extends ForwarderError {
  constructor(code: ErrorCode, message: string, remedy: string, cause?: unknown) {
    super(code, message, cause, remedy);
  }
}

/** The tenant's licence or cloud does not have this collection. */
export class UnavailableError extends ForwarderError {
  constructor(code: ErrorCode, message: string, remedy: string, cause?: unknown) {
    super(code, message, cause, remedy);
  }
}

/** Graph no longer holds the start of the asked span. */
export class TooOldError extends ForwarderError {}

/** The configuration cannot be used. The message has one line per problem. */
export class ConfigError extends ForwarderError {}

/** The state file cannot be used. The message says the way out. */
export class StateError extends ForwarderError {}

/** A command asks for what is not there. */
export class RequestError extends ForwarderError {}
/** A backup cannot be written where it was asked for. The message says the way out. */
export class BackupError extends ForwarderError {}

/** The message of anything thrown, without a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
