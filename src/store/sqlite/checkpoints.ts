/** Checkpoints in SQL: streams, their re-reads, sweeps and lost spans. Runs inside the caller's transaction. */

import type { StreamId } from "../../core/event.ts";
import { type Health, NEW_HEALTH } from "../../core/health.ts";
import { FIRST_SLICE_MS, SMALLEST_SLICE_MS } from "../../core/slices.ts";
import type { NewReRead, ReRead, Span, StreamChange, StreamState, SweepState } from "../../core/stream-state.ts";
import type { OpenedStream, StreamStatus, StreamTotals } from "../store.ts";
import type { Connection } from "./database.ts";

/** A stream's number in the file. */
export type StreamKey = number;

interface StreamRow {
  readonly id: StreamKey;
  readonly tenant: string;
  readonly source: StreamId["source"];
  readonly born: number;
  readonly mark: number | null;
  readonly health: string;
  readonly accepted: number;
  readonly revised: number;
  readonly late: number;
  readonly repaired: number;
}

interface StreamFound {
  readonly id: StreamKey;
  readonly health: Health;
  readonly mark?: number;
}

interface ReReadRow {
  readonly id: number;
  readonly reason: ReRead["reason"];
  readonly tier: number | null;
  readonly start: number;
  readonly finish: number;
  readonly position: number;
  readonly slice: number;
  readonly top: number | null;
  readonly failures: number;
  readonly sink: string | null;
}

interface SweepRow {
  readonly tier: number;
  readonly completed: number;
}

interface OfStream {
  readonly stream: StreamKey;
}

interface OldestRead {
  readonly key: StreamKey;
  readonly source: StreamId["source"];
  readonly oldest: number;
}

export class Checkpoints {
  private readonly statements;

  constructor(db: Connection) {
    this.statements = {
      find: db.prepare<[string, string], StreamRow>("SELECT * FROM stream WHERE tenant = ? AND source = ?"),
      all: db.prepare<[], StreamRow>("SELECT * FROM stream WHERE source <> 'forwarder' ORDER BY id"),
      insert: db.prepare("INSERT OR IGNORE INTO stream (tenant, source, born, health) VALUES (?, ?, ?, ?)"),
      total: db.prepare(
        `UPDATE stream SET accepted = accepted + @accepted, revised = revised + @revised, late = late + @late,
           repaired = repaired + @repaired WHERE id = @key`,
      ),
      accepted: db.prepare<[], number>("SELECT coalesce(sum(accepted), 0) FROM stream").pluck(),
      mark: db.prepare("UPDATE stream SET mark = ? WHERE id = ?"),
      health: db.prepare("UPDATE stream SET health = ? WHERE tenant = ? AND source = ?"),
      // Sorted by their readers: with ORDER BY, SQLite compiles them anew at each use, which takes most of the time.
      rereads: db.prepare<[StreamKey], ReReadRow>("SELECT * FROM reread WHERE stream = ?"),
      allReReads: db.prepare<[], ReReadRow & OfStream>("SELECT * FROM reread ORDER BY id"),
      open: db.prepare(
        `INSERT INTO reread (stream, reason, tier, sink, start, finish, position, slice, failures)
         VALUES (@stream, @reason, @tier, @sink, @from, @to, @from, @slice, 0)`,
      ),
      update: db.prepare(
        `UPDATE reread SET finish = @to, position = @position, slice = @sliceMs, top = @top, failures = @failures
         WHERE id = @id`,
      ),
      complete: db.prepare("DELETE FROM reread WHERE id = ?"),
      sweeps: db.prepare<[StreamKey], SweepRow>("SELECT tier, completed FROM sweep WHERE stream = ?"),
      allSweeps: db.prepare<[], SweepRow & OfStream>("SELECT stream, tier, completed FROM sweep ORDER BY tier"),
      sweep: db.prepare("INSERT OR REPLACE INTO sweep (stream, tier, completed) VALUES (?, ?, ?)"),
      lose: db.prepare("INSERT INTO lost (stream, start, finish) VALUES (@key, @from, @to)"),
      loseMore: db.prepare("UPDATE lost SET finish = @to WHERE stream = @key AND finish = @from"),
      oldestReads: db.prepare<[], OldestRead>(
        `SELECT id AS key, source, min(mark, coalesce((SELECT min(position) FROM reread WHERE reread.stream = stream.id), mark))
           AS oldest FROM stream WHERE mark IS NOT NULL`,
      ),
      lost: db.prepare<[], Span & OfStream>('SELECT stream, start AS "from", finish AS "to" FROM lost ORDER BY rowid'),
    };
  }

  open(stream: StreamId, born: number): OpenedStream {
    this.statements.insert.run(stream.tenantId, stream.source, born, JSON.stringify(NEW_HEALTH));
    const row = this.row(stream);
    return { state: this.stateOf(row), health: JSON.parse(row.health) };
  }

  /** Undefined when the stream was never opened. */
  find({ tenantId, source }: StreamId): StreamFound | undefined {
    const row = this.statements.find.get(tenantId, source);
    return row && { id: row.id, health: JSON.parse(row.health), ...(row.mark === null ? {} : { mark: row.mark }) };
  }

  key(stream: StreamId): StreamKey {
    return this.row(stream).id;
  }

  state(stream: StreamId): StreamState {
    return this.stateOf(this.row(stream));
  }

  /** Adds to what became of a stream's records. */
  count(key: StreamKey, totals: StreamTotals): void {
    this.statements.total.run({ key, ...totals });
  }

  /** Events of all streams that were accepted. */
  accepted(): number {
    return this.statements.accepted.get() ?? 0;
  }

  /** `lost` is left to the caller. */
  apply(key: StreamKey, change: StreamChange): void {
    if (change.mark !== undefined) this.statements.mark.run(change.mark, key);
    for (const row of change.opened ?? []) this.openReRead(key, row);
    if (change.updated) this.statements.update.run({ top: null, ...change.updated });
    if (change.completed) this.statements.complete.run(change.completed.id);
    for (const { tierMs, completedTo } of change.sweeps ?? []) this.statements.sweep.run(key, tierMs, completedTo);
  }

  /** Span after span of one row is one loss. */
  lose(key: StreamKey, lost: Span): void {
    const { changes } = this.statements.loseMore.run({ key, ...lost });
    if (changes === 0) this.statements.lose.run({ key, ...lost });
  }

  /** The earliest time that each stream which was read at all has still to read. */
  oldestReads(): OldestRead[] {
    return this.statements.oldestReads.all();
  }

  saveHealth(stream: StreamId, health: Health): void {
    this.statements.health.run(JSON.stringify(health), stream.tenantId, stream.source);
  }

  /** Table by table: asked stream by stream, thousands of streams would take seconds. */
  all(): StreamStatus[] {
    const rereads = Map.groupBy(this.statements.allReReads.all(), ({ stream }) => stream);
    const sweeps = Map.groupBy(this.statements.allSweeps.all(), ({ stream }) => stream);
    const lost = Map.groupBy(this.statements.lost.all(), ({ stream }) => stream);
    return this.statements.all.all().map((row) => ({
      ...checkpointOf(row, rereads.get(row.id) ?? [], sweeps.get(row.id) ?? []),
      health: JSON.parse(row.health),
      totals: { accepted: row.accepted, revised: row.revised, late: row.late, repaired: row.repaired },
      lost: (lost.get(row.id) ?? []).map(({ from, to }) => ({ from, to })),
    }));
  }

  private row({ tenantId, source }: StreamId): StreamRow {
    const row = this.statements.find.get(tenantId, source);
    if (row === undefined) throw new Error(`stream ${tenantId}/${source} was not opened`);
    return row;
  }

  private stateOf(row: StreamRow): StreamState {
    const rereads = this.statements.rereads.all(row.id).toSorted((a, b) => a.id - b.id);
    const sweeps = this.statements.sweeps.all(row.id).toSorted((a, b) => a.tier - b.tier);
    return checkpointOf(row, rereads, sweeps);
  }

  /** Answers the number of the new row. */
  openReRead(key: StreamKey, { reason, tierMs, sink, from, to }: NewReRead): number {
    const slice = Math.max(SMALLEST_SLICE_MS, Math.min(FIRST_SLICE_MS, to - from));
    const row = { stream: key, reason, tier: tierMs ?? null, sink: sink ?? null, from, to, slice };
    return Number(this.statements.open.run(row).lastInsertRowid);
  }
}

function checkpointOf(row: StreamRow, rereads: readonly ReReadRow[], sweeps: readonly SweepRow[]): StreamState {
  return {
    stream: { tenantId: row.tenant, source: row.source },
    born: row.born,
    ...(row.mark === null ? {} : { mark: row.mark }),
    rereads: rereads.map(toReRead),
    sweeps: sweeps.map(toSweep),
  };
}

function toReRead(row: ReReadRow): ReRead {
  return {
    id: row.id,
    reason: row.reason,
    from: row.start,
    to: row.finish,
    position: row.position,
    sliceMs: row.slice,
    failures: row.failures,
    ...(row.tier === null ? {} : { tierMs: row.tier }),
    ...(row.sink === null ? {} : { sink: row.sink }),
    ...(row.top === null ? {} : { top: row.top }),
  };
}

function toSweep({ tier, completed }: SweepRow): SweepState {
  return { tierMs: tier, completedTo: completed };
}
