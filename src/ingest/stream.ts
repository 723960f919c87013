/** What the two lanes of a stream share: its checkpoint as last committed, its health, and the parts they work with. */
import { messageOf } from "../core/errors.ts";
import type { Records, Risk, StreamId } from "../core/event.ts";
import { failed, type Health, NEW_HEALTH, succeeded } from "../core/health.ts";
import type { Notice } from "../core/notice.ts";
import { narrowed, type PageSize, widened } from "../core/page-size.ts";
import type { ReadingSettings } from "../core/plan.ts";
import type { Pulse } from "../core/pulse.ts";
import type { ReRead, StreamChange, StreamState } from "../core/stream-state.ts";
import { Telling } from "../core/telling.ts";
import type { GraphClient } from "../graph/graph-client.ts";
import type { Source } from "../sources/source.ts";
import type { Committed, Store } from "../store/store.ts";
import { describeError, type Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { commitNotices, conditionNotice } from "./stream-notices.ts";

export interface StreamParts {
  readonly id: StreamId;
  readonly source: Source;
  readonly graph: GraphClient;
  readonly settings: ReadingSettings;
  readonly store: Store;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Host time in epoch milliseconds. */
  readonly now: () => number;
  readonly random: () => number;
  /** Tells the SIEM. */
  readonly tell: (notice: Notice) => void;
  /** Called after events were appended, with the risks of those that were news. */
  readonly onAppended: (risks: readonly Risk[]) => void;
}

/** What each read of a lane gets: what ends it, who is told of its steps, and whether there is room for more. */
export interface Reading {
  readonly signal: AbortSignal;
  readonly pulse: Pulse;
  /** False while the event log is full. */
  readonly hasRoom: () => boolean;
}

/** Decides a change of a checkpoint from its state; undefined: none. */
type Decide = (state: StreamState) => StreamChange | undefined;

export class Stream {
  readonly parts: StreamParts;
  private current: StreamState | undefined;
  /** The commit that is under way. */
  private turn: Promise<unknown> = Promise.resolve();
  private condition: Health = NEW_HEALTH;
  /** The health that this run's log tells: trouble of an earlier run is news to its reader. */
  private told: Health = NEW_HEALTH;
  private readonly telling = new Telling();
  private page: PageSize;

  constructor(parts: StreamParts) {
    this.parts = parts;
    this.page = { top: parts.source.maxPageSize, successes: 0 };
  }

  /** Stores when the stream was first configured, before anything is asked of Graph: consent may take days. */
  async open(): Promise<void> {
    const { state, health } = await this.parts.store.openStream(this.parts.id, this.parts.now());
    this.current = state;
    this.condition = health;
    this.telling.resume(health, this.parts.now());
  }

  /** Reads the checkpoint again: an operator's command may have opened a re-read. */
  refresh(): Promise<void> {
    const refreshed = this.turn.then(() => this.read());
    this.turn = refreshed.catch(() => undefined);
    return refreshed;
  }

  /** The checkpoint as last committed. */
  get state(): StreamState {
    if (this.current === undefined) throw new Error("stream is not open");
    return this.current;
  }

  get health(): Health {
    return this.condition;
  }

  /** The largest page that both lanes ask for. */
  get top(): number {
    return this.page.top;
  }

  /** An answer could not be read: smaller pages from now on. */
  narrowPages(): void {
    this.page = narrowed(this.page);
  }

  /**
   * Appends records and changes the checkpoint. One commit after the other, and `decide` sees the state that it changes:
   * two lanes share it, and what one decided from an older state would undo what the other has committed since. `row`
   * is the re-read that brought the records.
   */
  commit(records: Records, decide: Decide, row?: ReRead): Promise<void> {
    const commit = this.turn.then(() => this.write(records, decide(this.state), row));
    this.turn = commit.catch(() => undefined);
    return commit;
  }

  async succeed(): Promise<void> {
    const { id, store, log, now } = this.parts;
    if (this.condition.failures > 0) log.info("stream recovered", { ...id, failures: this.condition.failures });
    this.condition = succeeded(now());
    this.told = this.condition;
    this.tell();
    this.page = widened(this.page, this.parts.source.maxPageSize);
    await store.saveStreamHealth(id, this.condition);
  }

  /** Logs a change of condition once in a run and remembers it; retries of the same trouble stay silent. */
  async fail(error: unknown, waitMs: number): Promise<void> {
    const { id, log, metrics, now } = this.parts;
    const { told } = this;
    this.condition = failed(this.condition, error, now(), waitMs);
    this.told = this.condition;
    metrics.readFailed(id, this.condition.trouble?.code ?? "none");
    if (this.condition.condition !== told.condition || this.condition.trouble?.code !== told.trouble?.code) {
      const details = { ...id, ...describeError(error) };
      if (this.condition.condition === "blocked") log.error("stream parked, an operator must act", details);
      else if (this.condition.condition === "resting") log.info("stream rests, the tenant does not have it", details);
      else log.warn("poll failed, will retry", details);
    }
    this.tell();
    await this.saveHealth();
  }

  private tell(): void {
    const { id, now, tell } = this.parts;
    const change = this.telling.changeTo(this.condition, now());
    if (change !== undefined) tell(conditionNotice(id, this.condition, change));
  }

  /** A full disk must not hide the error that is being reported; where it is that error, enough is said. */
  private async saveHealth(): Promise<void> {
    const { id, store, log } = this.parts;
    try {
      await store.saveStreamHealth(id, this.condition);
    } catch (error) {
      if (this.condition.trouble?.code !== "ERF5004") log.warn("health not saved", { ...id, error: messageOf(error) });
    }
  }

  private async read(): Promise<void> {
    const { id, store, now } = this.parts;
    this.current = (await store.openStream(id, now())).state;
  }

  private async write(records: Records, change: StreamChange | undefined, row?: ReRead): Promise<void> {
    if (records.length === 0 && change === undefined) return;
    const { id, store, graph, metrics, onAppended } = this.parts;
    const committed = await store.commit(id, records, change ?? {}, row);
    this.current = committed.state;
    metrics.committed(id, committed, row === undefined ? graph.now() : undefined);
    this.report(change ?? {}, committed);
    if (committed.first + committed.revised + committed.resent > 0) onAppended(committed.risks);
  }

  private report(change: StreamChange, { first, revised, known }: Committed): void {
    const { id, log, tell } = this.parts;
    for (const notice of commitNotices(id, change)) tell(notice);
    log.debug("page committed", { ...id, first, revised, known });
    for (const { reason, from, to } of change.opened ?? []) {
      const span = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
      if (reason === "sweep") log.debug("sweep opened", { ...id, ...span });
      else log.info("re-read opened", { ...id, reason, ...span });
    }
    if (change.completed && change.completed.reason !== "sweep") {
      log.info("re-read finished", { ...id, reason: change.completed.reason });
    }
  }
}
