/** The keys that dedupe remembers, in SQL: which revisions of a record were accepted. Runs inside the caller's transaction. */
import type { Hint, IdentifiedRecord, Identity } from "../../core/event.ts";
import type { KnownRevision } from "../../core/news.ts";
import type { Span } from "../../core/stream-state.ts";
import type { StreamKey } from "./checkpoints.ts";
import type { Connection } from "./database.ts";

/** With the hash of the bytes in which it came, policies apart; null: not known. */
interface Remembered extends KnownRevision {
  readonly digest: string | null;
}

interface KeyRow extends Remembered {
  readonly created: number;
  readonly id: string;
}

/** More lie in a second of a flood, or between times that are far apart. */
const MOST_AT_ONCE = 2_000;
const NOWHERE: Span = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };

export class Keys {
  private readonly statements;

  constructor(db: Connection) {
    this.statements = {
      // Sorted by its reader: with ORDER BY, SQLite compiles it anew at each use, 10 µs instead of 1.5 (measured).
      of: db.prepare<[StreamKey, number, string], Remembered>(
        "SELECT number, revision, changed, digest FROM seen WHERE stream = ? AND created = ? AND id = ?",
      ),
      between: db.prepare<[StreamKey, number, number, number], KeyRow>(
        "SELECT created, id, number, revision, changed, digest FROM seen WHERE stream = ? AND created BETWEEN ? AND ? LIMIT ?",
      ),
      remember: db.prepare(
        "INSERT INTO seen (stream, created, id, number, revision, changed, digest) VALUES (?, ?, ?, ?, ?, ?, ?)",
      ),
      touch: db.prepare(
        "UPDATE seen SET changed = ?, digest = ? WHERE stream = ? AND created = ? AND id = ? AND number = ?",
      ),
      forget: db.prepare(
        `DELETE FROM seen WHERE (stream, created, id, number) IN
         (SELECT stream, created, id, number FROM seen WHERE stream = ? AND created > 0 AND created < ? LIMIT 1000)`,
      ),
    };
  }

  /** The keys that a transaction works with. */
  around(stream: StreamKey): NearKeys {
    return new NearKeys(this, stream);
  }

  /** All keys of records that were made between two times, both included; undefined when they are too many. */
  between(stream: StreamKey, { from, to }: Span): KeyRow[] | undefined {
    const rows = this.statements.between.all(stream, from, to, MOST_AT_ONCE);
    return rows.length < MOST_AT_ONCE ? rows : undefined;
  }

  /** The revisions of one record, ascending. */
  of(stream: StreamKey, { created = 0, id }: Hint): readonly Remembered[] {
    return inOrder(this.statements.of.all(stream, created, id));
  }

  /** `digest` is the hash of the bytes in which the revision came. */
  remember(stream: StreamKey, identity: Identity, number: number, digest: string): void {
    const { created = 0, id, revision, changed = null } = identity;
    this.statements.remember.run(stream, created, id, number, revision, changed, digest);
  }

  /** The latest revision was changed later than was known. */
  touch(stream: StreamKey, { created = 0, id, changed }: Identity, number: number, digest: string): void {
    this.statements.touch.run(changed, digest, stream, created, id, number);
  }

  /** Forgets up to 1,000 keys of a stream that were created before a time. */
  forget(stream: StreamKey, before: number): number {
    return this.statements.forget.run(stream, before).changes;
  }
}

/**
 * What is known of a page's records while they are appended. Those whose time never changes lie together, and are looked
 * up at once, with all that were made in the same span; the others one by one.
 */
export class NearKeys {
  private readonly keys: Keys;
  private readonly stream: StreamKey;
  private span: Span = NOWHERE;
  /** By id, what of the span was known before. */
  private before: ReadonlyMap<string, readonly KeyRow[]> = new Map();
  /** Ids of which more is known by now. */
  private readonly written = new Set<string>();
  private isCrowded = false;

  constructor(keys: Keys, stream: StreamKey) {
    this.keys = keys;
    this.stream = stream;
  }

  /** Looks up what is known around records that are asked for next. */
  cover(records: readonly IdentifiedRecord[]): void {
    const times = records.map((found) => (found.hint ?? found.identity).created ?? 0);
    const span = { from: Math.min(...times), to: Math.max(...times) };
    // The time of some may change: their keys have no order.
    if (span.from <= 0 || this.isCrowded || contains(this.span, span)) return;
    const rows = this.keys.between(this.stream, span);
    this.isCrowded = rows === undefined;
    this.span = rows === undefined ? NOWHERE : span;
    this.before = Map.groupBy(rows ?? [], ({ id }) => id);
  }

  /** Whether the latest revision of what a record seems to be came in its very bytes: then nothing of it is news. */
  isSame(hint: Hint, digest: string): boolean {
    return this.of(hint).at(-1)?.digest === digest;
  }

  /** The revisions of a record, ascending. */
  of(hint: Hint): readonly Remembered[] {
    const { created = 0 } = hint;
    const id = storedId(hint);
    if (!contains(this.span, { from: created, to: created }) || this.written.has(id)) {
      return this.keys.of(this.stream, hint);
    }
    const rows = this.before.get(id);
    return rows === undefined ? [] : inOrder(rows.filter((row) => row.created === created));
  }

  remember(identity: Identity, number: number, digest: string): void {
    this.keys.remember(this.stream, identity, number, digest);
    this.written.add(storedId(identity));
  }

  touch(identity: Identity, number: number, digest: string): void {
    this.keys.touch(this.stream, identity, number, digest);
    this.written.add(storedId(identity));
  }
}

/** As SQLite has it, whose texts are UTF-8: half a surrogate pair is not. */
function storedId({ id }: Hint): string {
  return id.toWellFormed();
}

function contains(outer: Span, inner: Span): boolean {
  return outer.from <= inner.from && inner.to <= outer.to;
}

function inOrder(revisions: readonly Remembered[]): readonly Remembered[] {
  return revisions.length > 1 ? revisions.toSorted((a, b) => a.number - b.number) : revisions;
}
