/** What makes text and records of unknown origin safe to handle. Pure. */

const MAX_SHOWN = 200;
const MAX_DEPTH = 64;

/** Text that an error message may quote: printable, at most 200 characters, nothing long enough to be a token. */
export function printable(text: string): string {
  return text
    .slice(0, 10 * MAX_SHOWN)
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]+/gu, " ")
    .replaceAll(/[^ ]{64,}/g, "…")
    .slice(0, MAX_SHOWN)
    .trim();
}

/** Whether a JSON value is nested at most 64 deep. Real records reach 5; thousands of levels would exhaust the stack. */
export function isShallow(value: unknown, depth = MAX_DEPTH): boolean {
  if (value === null || typeof value !== "object") return true;
  return depth > 0 && Object.values(value).every((field) => isShallow(field, depth - 1));
}
