/** What makes text of unknown origin safe to show. Pure. */

const MAX_SHOWN = 200;

/** Text that an error message may quote: printable, at most 200 characters, nothing long enough to be a token. */
export function printable(text: string): string {
  return text
    .slice(0, 10 * MAX_SHOWN)
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]+/gu, " ")
    .replaceAll(/[^ ]{64,}/g, "…")
    .slice(0, MAX_SHOWN)
    .trim();
}
