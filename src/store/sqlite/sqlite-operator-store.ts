/** The operator's view of the SQLite file: opened beside the daemon, without its lock, for one short write at a time. */
import { RequestError } from "../../core/errors.ts";
import type { StreamId } from "../../core/event.ts";
import type { Health } from "../../core/health.ts";
import type {
  DeadLetter,
  DeadLetterChoice,
  OperatorStore,
  ReplayRequest,
  Requested,
  ReReadRequest,
} from "../operator-store.ts";
import type { AuditFindings } from "../store.ts";
import { Checkpoints } from "./checkpoints.ts";
import { Cursors } from "./cursors.ts";
import { type Connection, openDatabaseBeside } from "./database.ts";
import { DeadLetters } from "./dead-letters.ts";
import { Errands } from "./errands.ts";
import { EventLog } from "./event-log.ts";
import { guarded } from "./guarded.ts";
import { Pages } from "./pages.ts";
import { Replays } from "./replays.ts";
import { Roster } from "./roster.ts";

/** Opens an existing state. `now` is the host's clock. Throws StateError when there is none, or one of another schema. */
export function openStoreBeside(path: string, now: () => number): OperatorStore {
  return new SqliteOperatorStore({ path, db: openDatabaseBeside(path), now });
}

interface Parts {
  readonly path: string;
  readonly db: Connection;
  readonly now: () => number;
}

class SqliteOperatorStore implements OperatorStore {
  private readonly parts: Parts;
  private readonly checkpoints: Checkpoints;
  private readonly errands: Errands;
  private readonly cursors: Cursors;
  private readonly roster: Roster;
  private readonly temporary: Replays;
  private readonly log: EventLog;
  private readonly letters: DeadLetters;

  constructor(parts: Parts) {
    this.parts = parts;
    this.checkpoints = new Checkpoints(parts.db);
    this.errands = new Errands(parts.db);
    this.cursors = new Cursors(parts.db);
    this.roster = new Roster(parts.db);
    this.temporary = new Replays(parts.db);
    this.log = new EventLog(parts.db, new Pages(parts.db));
    this.letters = new DeadLetters(parts.db);
  }

  async requestReReads(requests: readonly ReReadRequest[]): Promise<Requested> {
    return this.write(() => {
      // One that has no place in the log yet would begin behind what is read again for it.
      for (const { sink } of requests) if (sink !== undefined) this.requireSink(sink);
      const isRead = ({ stream }: ReReadRequest) => this.checkpoints.find(stream)?.mark !== undefined;
      const ids = requests.filter(isRead).map((request) => this.openReRead(request));
      const unread = requests.filter((request) => !isRead(request)).map(({ stream }) => stream);
      if (ids.length > 0) return { ids, unread };
      throw new RequestError("ERF5008", `nothing of this has been read yet: ${unread.map(nameOf).join(", ")}`);
    });
  }

  async audits(from: number): Promise<readonly AuditFindings[]> {
    return this.guard(() => this.errands.audits(from));
  }

  async streamHealth(stream: StreamId): Promise<Health | undefined> {
    return this.guard(() => this.checkpoints.find(stream)?.health);
  }

  async requestReplay({ sink, since }: ReplayRequest) {
    const first = this.guard(() => this.log.receivedSince(since));
    return this.write(() => {
      const finish = this.requireSink(sink);
      if (first === undefined || first.seq > finish) {
        const time = new Date(since).toISOString();
        throw new RequestError(
          "ERF5008",
          `sink ${sink} has passed no event of the log that was received since ${time}`,
        );
      }
      this.temporary.open(sink, first.seq - 1, finish);
      return { events: finish - first.seq + 1, from: first.received };
    });
  }

  async deadLetters(sink?: string): Promise<readonly DeadLetter[]> {
    return this.guard(() => this.letters.of(sink));
  }

  async chosen(choice: DeadLetterChoice): Promise<readonly DeadLetter[]> {
    return this.guard(() => {
      const seqs = this.requireLetters(choice);
      return this.letters.of(choice.sink).filter(({ seq }) => seqs.includes(seq));
    });
  }

  async resend(choice: DeadLetterChoice): Promise<number> {
    return this.each(choice, (seq) => this.letters.resend(choice.sink, seq, this.parts.now()));
  }

  async drop(choice: DeadLetterChoice): Promise<number> {
    return this.each(choice, (seq) => this.letters.drop(choice.sink, seq));
  }

  async dropSink(name: string, heir?: string): Promise<void> {
    this.write(() => {
      this.requireSink(name);
      if (heir !== undefined && !this.roster.isKnown(heir)) {
        throw new RequestError("ERF5008", `sink ${heir} takes over what ${name} has: reload the daemon`);
      }
      this.roster.drop(name);
    });
  }

  async close(): Promise<void> {
    this.parts.db.close();
  }

  private openReRead({ stream, ...request }: ReReadRequest): number {
    const found = this.checkpoints.find(stream);
    if (found?.mark === undefined) throw new Error(`${nameOf(stream)} was never read`);
    const to = Math.min(request.to, found.mark);
    if (to <= request.from) {
      const mark = new Date(found.mark).toISOString();
      throw new RequestError("ERF5008", `${nameOf(stream)} has been read up to ${mark}; the span begins later`);
    }
    const id = this.checkpoints.openReRead(found.id, { ...request, to });
    if (request.reason !== "backfill") this.errands.open(id, found.id, { from: request.from, to }, this.parts.now());
    return id;
  }

  private each(choice: DeadLetterChoice, work: (seq: number) => void): number {
    return this.write(() => {
      const seqs = this.requireLetters(choice);
      for (const seq of seqs) work(seq);
      return seqs.length;
    });
  }

  /** The places of the chosen letters. */
  private requireLetters({ sink, seqs }: DeadLetterChoice): readonly number[] {
    this.requireSink(sink);
    const known = this.letters.seqs(sink);
    if (seqs === undefined) return known;
    const missing = seqs.filter((seq) => !known.includes(seq));
    if (missing.length === 0) return [...new Set(seqs)];
    throw new RequestError("ERF5008", `sink ${sink} has no dead letter ${missing.join(", ")}`);
  }

  /** Answers the sink's cursor. */
  private requireSink(name: string): number {
    const sinks = this.cursors.all();
    const found = sinks.find((sink) => sink.name === name);
    if (found) return found.cursor;
    const names = sinks.map((sink) => sink.name).join(", ");
    throw new RequestError("ERF5008", `the state knows no sink ${name}; it knows ${names || "none"}`);
  }

  private write<T>(work: () => T): T {
    return this.guard(() => this.parts.db.transaction(work).immediate());
  }

  private guard<T>(work: () => T): T {
    return guarded(this.parts.path, work);
  }
}

function nameOf({ tenantId, source }: StreamId): string {
  return `${source} of tenant ${tenantId}`;
}
