/**
 * Back-pressure: Graph itself is the buffer. While the event log is at its maximum, polling pauses and status names the
 * sink that holds it; nothing is dropped to make room. Delivered events give way first.
 */
import { setImmediate } from "node:timers/promises";
import { ERROR_CODES } from "../core/codes.ts";
import type { SourceName } from "../core/event.ts";
import type { Notice } from "../core/notice.ts";
import { type Pulse, UNWATCHED } from "../core/pulse.ts";
import type { Pruning, Store } from "../store/store.ts";
import type { Log } from "../telemetry/log.ts";

export interface SpaceSettings {
  readonly maxBytes: number;
  /** How long delivered events are kept while there is room, in milliseconds. */
  readonly retainMs: number;
  /** The configured sinks: a removed one holds nothing back. */
  readonly sinks: readonly string[];
  /** How long after its time a record's key is remembered, in milliseconds; sources without one: for ever. */
  readonly forgetAfterMs: ReadonlyMap<SourceName, number>;
}

/** What keeps events from being pruned: a sink, or a replay of it. */
interface Behind {
  readonly name: string;
  readonly backlog: number;
}

/** As a share of `maxBytes`: beyond it there are no heartbeats either. */
const RESERVE = 1.1;
/** Shares of `maxBytes` at which an operator is warned, the highest first. */
const WARNINGS = [0.8, 0.5];

export class Space {
  private readonly store: Store;
  private settings: SpaceSettings;
  private readonly log: Log;
  private readonly tell: (notice: Notice) => void;
  private paused = false;
  /** As it was last looked at. */
  private bytes = 0;
  /** The highest of `WARNINGS` that was told and still holds. */
  private warned = 0;
  private stopped = false;

  /** `tell` tells the SIEM. */
  constructor(store: Store, settings: SpaceSettings, log: Log, tell: (notice: Notice) => void) {
    this.store = store;
    this.settings = settings;
    this.log = log;
    this.tell = tell;
  }

  /** Whether polling has to wait for a sink. */
  get isFull(): boolean {
    return this.paused;
  }

  /** Whether a full event log has room for what the forwarder tells about itself all the same. */
  get hasReserve(): boolean {
    return this.bytes < this.settings.maxBytes * RESERVE;
  }

  /** Holds from now on: a sink that is named here keeps back what it has not passed. */
  follow(settings: SpaceSettings): void {
    this.settings = settings;
  }

  /** Ends a long deletion after its current piece. */
  stop(): void {
    this.stopped = true;
  }

  /**
   * Deletes what nobody needs and finds out whether there is room. `now` is host time in epoch milliseconds. `pulse` is
   * told of each piece of a deletion, which may be a long one.
   */
  async look(now: number, pulse = UNWATCHED): Promise<void> {
    const wasFull = (await this.store.status()).bytes >= this.settings.maxBytes;
    await this.prune(now, wasFull, pulse);
    const { bytes, events, sinks, replays } = await this.store.status();
    const [slowest] = [...sinks, ...replays]
      .filter(({ name }) => this.settings.sinks.includes(name))
      .toSorted((a, b) => b.backlog - a.backlog);
    const backlog = slowest?.backlog ?? 0;
    this.bytes = bytes;
    this.warn((bytes * backlog) / Math.max(events, 1) / this.settings.maxBytes, slowest);
    // Without a backlog no sink could make room by delivering, so that pausing would help nobody.
    this.pause(bytes >= this.settings.maxBytes && backlog > 0, slowest);
  }

  /** Piece by piece, so that reading and delivering go on in between, and each by what is configured then. */
  private async prune(now: number, wasFull: boolean, pulse: Pulse): Promise<void> {
    while (!this.stopped && (await this.store.prune(this.pruning(now, wasFull))) > 0) {
      pulse.beat();
      await setImmediate();
    }
  }

  private pruning(now: number, wasFull: boolean): Pruning {
    const { sinks, retainMs, forgetAfterMs } = this.settings;
    return { before: wasFull ? Infinity : now - retainMs, sinks, forgetAfterMs };
  }

  /** `share` is how much of the room is taken by what the slowest sink has not delivered. */
  private warn(share: number, slowest: Behind | undefined): void {
    const reached = WARNINGS.find((level) => share >= level) ?? 0;
    if (reached > this.warned) {
      const details = { sink: slowest?.name, backlog: slowest?.backlog, percent: Math.floor(share * 100) };
      this.log.warn(
        "the event log fills up with what a sink has not delivered; polling pauses when it is full",
        details,
      );
    }
    this.warned = reached;
  }

  private pause(paused: boolean, slowest: Behind | undefined): void {
    if (paused === this.paused) return;
    this.paused = paused;
    const { name: sink, backlog } = slowest ?? {};
    const details = { sink, backlog, maxBytes: this.settings.maxBytes };
    if (!paused) {
      this.log.info("event log has room again, polling resumes", details);
      return this.tell({ kind: "logHasRoom", sink, message: "polling resumes" });
    }
    const { remedy } = ERROR_CODES.ERF5005;
    this.log.error("event log full, polling pauses until the sink delivers", { code: "ERF5005", ...details });
    const message = "polling pauses until the sink delivers; nothing is lost that Graph still has then";
    this.tell({ kind: "logFull", sink, code: "ERF5005", count: backlog, message, remedy });
  }
}
