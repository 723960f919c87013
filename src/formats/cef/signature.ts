/** Device Event Class IDs made of Graph's own names, which are an open set. */
import { clean } from "./encoder.ts";

const MAX_LENGTH = 64;
const UNKNOWN = "unknown";

/** `<prefix>.<name>`, with `_` for every character that a rule or a header could trip over. */
export function signatureOf(prefix: string, name: string | undefined): string {
  const safe = clean((name ?? "").replaceAll(/[^A-Za-z0-9_]/gu, "_"));
  return `${prefix}.${safe || UNKNOWN}`.slice(0, MAX_LENGTH);
}
