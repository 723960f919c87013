/** What became of a sign-in, decided by its error code alone: failureReason is "Other." on success. */

export interface SignInResult {
  readonly signature: string;
  readonly name: string;
  /** Severity before any risk. */
  readonly severity: number;
  readonly act?: string;
  readonly outcome?: "success" | "failure";
}

/** The user is asked for something more: a new password, a second factor, consent, to stay signed in. */
const INTERRUPTED = new Set([50055, 50058, 50072, 50074, 50076, 50079, 50097, 50125, 50140, 65001]);

/** Blocked by Conditional Access, or the account is locked. */
const BLOCKED = new Set([53000, 53001, 53002, 53003, 530032, 50053]);

const SUCCESS = {
  signature: "signIn.success",
  name: "Sign-in succeeded",
  severity: 1,
  act: "success",
  outcome: "success",
} as const;

const FAILURE = {
  signature: "signIn.failure",
  name: "Sign-in failed",
  severity: 3,
  act: "failure",
  outcome: "failure",
} as const;

const INTERRUPTION = {
  signature: "signIn.interrupted",
  name: "Sign-in interrupted",
  severity: 2,
  act: "interrupted",
  outcome: "failure",
} as const;

/** A record without an error code tells neither; claiming one could hide an attack or invent one. */
const UNKNOWN = { signature: "signIn.unknown", name: "Sign-in with unknown result", severity: 1 } as const;

export function resultOf(errorCode: number | undefined): SignInResult {
  if (errorCode === undefined) return UNKNOWN;
  if (errorCode === 0) return SUCCESS;
  if (INTERRUPTED.has(errorCode)) return INTERRUPTION;
  return BLOCKED.has(errorCode) ? { ...FAILURE, severity: 4 } : FAILURE;
}
