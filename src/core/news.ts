/** Dedupe: whether a record with a known id is news. Pure; the store calls it inside the transaction. */
import type { Identity } from "./event.ts";

/** What of an identity decides. */
export type State = Pick<Identity, "revision" | "changed">;

/** A revision that was accepted before. Times are epoch milliseconds. */
export interface KnownRevision {
  readonly number: number;
  readonly revision: string;
  /** Null where the record has no such time. */
  readonly changed: number | null;
}

export type Verdict =
  /** An id never seen, or a state that is news: append it as this revision number. */
  | { readonly kind: "news"; readonly number: number }
  /** The latest state again, with a newer change time worth remembering: no event. */
  | { readonly kind: "touched"; readonly number: number }
  /** Known, or the past as a stale replica tells it. */
  | { readonly kind: "known" };

/**
 * A record is news when its id is unknown, or when its state differs from the latest one and its change time is not
 * older. At an equal change time, or where a collection has none (sign-ins), a state that was seen before is old: a
 * replica that answers with the past must not flip revisions for ever.
 *
 * `known` is ordered by number, ascending.
 */
export function judge(known: readonly KnownRevision[], identity: State): Verdict {
  const latest = known.at(-1);
  if (latest === undefined) return { kind: "news", number: 1 };

  const isNewer = identity.changed !== undefined && latest.changed !== null && identity.changed > latest.changed;
  if (identity.revision === latest.revision) {
    return isNewer ? { kind: "touched", number: latest.number } : { kind: "known" };
  }
  if (isNewer) return { kind: "news", number: latest.number + 1 };

  const isOlder = identity.changed !== undefined && latest.changed !== null && identity.changed < latest.changed;
  if (isOlder) return { kind: "known" };
  const wasSeen = known.some(
    ({ revision, changed }) => revision === identity.revision && isSameTime(changed, identity),
  );
  return wasSeen ? { kind: "known" } : { kind: "news", number: latest.number + 1 };
}

/** An unknown time equals every time. */
function isSameTime(changed: number | null, identity: State): boolean {
  return changed === null || identity.changed === undefined || changed === identity.changed;
}
