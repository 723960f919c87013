/** The condition of a stream or a sink, as status shows it. Times are epoch milliseconds of the host's clock. */
import type { ErrorCode } from "./codes.ts";
import { BlockedError, ForwarderError, messageOf, UnavailableError } from "./errors.ts";

/**
 * working: all is well. waiting: backing off after a transient error. blocked: an operator must act. resting: the
 * tenant does not have this collection.
 */
export type Condition = "working" | "waiting" | "blocked" | "resting";

interface Trouble {
  readonly code?: ErrorCode;
  readonly message: string;
  readonly remedy?: string;
  readonly since: number;
}

export interface Health {
  readonly condition: Condition;
  /** Failures in a row. */
  readonly failures: number;
  /** Not tried again before this. */
  readonly notBefore?: number;
  readonly lastSuccess?: number;
  readonly trouble?: Trouble;
}

export const NEW_HEALTH: Health = { condition: "working", failures: 0 };

export function succeeded(now: number): Health {
  return { condition: "working", failures: 0, lastSuccess: now };
}

/**
 * The health after an error; `since` stays that of the first failure in a row with the same code, unless a clock that
 * was set back has made that the future.
 */
export function failed(health: Health, error: unknown, now: number, waitMs: number): Health {
  const { code, remedy }: Partial<ForwarderError> = error instanceof ForwarderError ? error : {};
  const since = health.trouble?.code === code && health.trouble ? Math.min(health.trouble.since, now) : now;
  return {
    condition: conditionOf(error),
    failures: health.failures + 1,
    notBefore: now + waitMs,
    ...(health.lastSuccess === undefined ? {} : { lastSuccess: health.lastSuccess }),
    trouble: {
      ...(code === undefined ? {} : { code }),
      message: messageOf(error),
      ...(remedy === undefined ? {} : { remedy }),
      since,
    },
  };
}

/**
 * How long the first try after a restart waits, in milliseconds: what backed off goes on backing off, at most for
 * `longestMs`, as the host's clock may have been set meanwhile. What was blocked or resting is tried at once: a restart
 * is an operator's act, who has mended something and wants to see whether it works.
 */
export function waitAfterRestart({ condition, notBefore = 0 }: Health, now: number, longestMs: number): number {
  return condition === "waiting" ? Math.min(Math.max(0, notBefore - now), longestMs) : 0;
}

function conditionOf(error: unknown): Condition {
  if (error instanceof BlockedError) return "blocked";
  if (error instanceof UnavailableError) return "resting";
  return "waiting";
}
