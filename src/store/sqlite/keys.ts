/** The keys that dedupe remembers, in SQL: which revisions of a record were accepted. Runs inside the caller's transaction. */
import type { IdentifiedRecord, Identity } from "../../core/event.ts";
import type { KnownRevision } from "../../core/news.ts";
import type { StreamKey } from "./checkpoints.ts";
import type { Connection } from "./database.ts";

interface KeyRow extends KnownRevision {
  readonly created: number;
  readonly id: string;
}

/** Where a second has more keys than this for each record that is looked for, most are of others. */
const MOST_PER_RECORD = 4;

export class Keys {
  private readonly statements;

  constructor(db: Connection) {
    this.statements = {
      // Sorted by its reader: with ORDER BY, SQLite compiles it anew at each use, 10 µs instead of 1.5 (measured).
      of: db.prepare<[StreamKey, number, string], KnownRevision>(
        "SELECT number, revision, changed FROM seen WHERE stream = ? AND created = ? AND id = ?",
      ),
      between: db.prepare<[StreamKey, number, number, number], KeyRow>(
        "SELECT created, id, number, revision, changed FROM seen WHERE stream = ? AND created BETWEEN ? AND ? LIMIT ?",
      ),
      remember: db.prepare(
        "INSERT INTO seen (stream, created, id, number, revision, changed) VALUES (?, ?, ?, ?, ?, ?)",
      ),
      touch: db.prepare("UPDATE seen SET changed = ? WHERE stream = ? AND created = ? AND id = ? AND number = ?"),
      forget: db.prepare(
        `DELETE FROM seen WHERE (stream, created, id, number) IN
         (SELECT stream, created, id, number FROM seen WHERE stream = ? AND created > 0 AND created < ? LIMIT 1000)`,
      ),
    };
  }

  /** The keys of a handful of records. Those whose time never changes lie together, and are looked up at once. */
  around(stream: StreamKey, records: readonly IdentifiedRecord[]): NearKeys {
    const times = records.map(({ identity }) => identity.created ?? 0);
    const from = Math.min(...times);
    const most = records.length * MOST_PER_RECORD;
    // The time of the others may change: they have no order.
    const rows = from > 0 ? this.statements.between.all(stream, from, Math.max(...times), most) : [];
    const isWhole = from > 0 && rows.length < most;
    return new NearKeys(this, stream, isWhole ? Map.groupBy(rows, ({ id }) => id) : undefined);
  }

  /** The revisions of one record, ascending. */
  of(stream: StreamKey, { created = 0, id }: Identity): readonly KnownRevision[] {
    return inOrder(this.statements.of.all(stream, created, id));
  }

  remember(stream: StreamKey, identity: Identity, number: number): void {
    const { created = 0, id, revision, changed = null } = identity;
    this.statements.remember.run(stream, created, id, number, revision, changed);
  }

  /** The latest revision was changed later than was known. */
  touch(stream: StreamKey, { created = 0, id, changed }: Identity, number: number): void {
    this.statements.touch.run(changed, stream, created, id, number);
  }

  /** Forgets up to 1,000 keys of a stream that were created before a time. */
  forget(stream: StreamKey, before: number): number {
    return this.statements.forget.run(stream, before).changes;
  }
}

/** What is known of a handful of records, while they are appended. */
export class NearKeys {
  private readonly keys: Keys;
  private readonly stream: StreamKey;
  /** By id, as it was before; undefined: each is looked up by itself. */
  private readonly before: ReadonlyMap<string, readonly KeyRow[]> | undefined;
  /** Ids of which more is known by now. */
  private readonly written = new Set<string>();

  constructor(keys: Keys, stream: StreamKey, before: NearKeys["before"]) {
    this.keys = keys;
    this.stream = stream;
    this.before = before;
  }

  /** The revisions of a record, ascending. */
  of(identity: Identity): readonly KnownRevision[] {
    const { created, id } = identity;
    if (this.before === undefined || this.written.has(id)) return this.keys.of(this.stream, identity);
    const rows = this.before.get(id);
    return rows === undefined ? [] : inOrder(rows.filter((row) => row.created === created));
  }

  remember(identity: Identity, number: number): void {
    this.keys.remember(this.stream, identity, number);
    this.written.add(identity.id);
  }

  touch(identity: Identity, number: number): void {
    this.keys.touch(this.stream, identity, number);
    this.written.add(identity.id);
  }
}

function inOrder(revisions: readonly KnownRevision[]): readonly KnownRevision[] {
  return revisions.length > 1 ? revisions.toSorted((a, b) => a.number - b.number) : revisions;
}
