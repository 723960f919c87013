/**
 * The loop of one sink, over its own cursor in the event log:
 *
 *   opening   until the state gives its cursor, which a full disk may delay
 *   sending   batch after batch while the log has more
 *   idle      at the end of the log; a second after the last send what is unconfirmed is confirmed
 *   waiting   after an error: everything unconfirmed is sent again when the back-off is over
 *   draining  until the log is delivered and confirmed, or until it is ending
 *   ending    nothing new is sent, only confirmed, so that a clean restart repeats nothing; the deadline aborts what
 *             still hangs
 *
 * A slow or failing sink holds back nobody but itself.
 */
import { BlockedError, TransientError } from "../core/errors.ts";
import type { Follower, Message, Receipt } from "../core/event.ts";
import type { Condition } from "../core/health.ts";
import type { Notice } from "../core/notice.ts";
import type { Pulse } from "../core/pulse.ts";
import type { Format } from "../formats/format.ts";
import type { Sink } from "../sinks/sink.ts";
import type { Acknowledgement } from "../store/store.ts";
import type { Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { afterError, type BatchSize, whole, widened } from "./batch-size.ts";
import type { Feed } from "./feed.ts";
import { Lag } from "./lag.ts";
import { lettersFull, tellOfLetters } from "./letters.ts";
import type { Pace } from "./pace.ts";
import { Packer } from "./packer.ts";
import type { Parcel } from "./parcel.ts";
import { pauseUnless } from "./pause.ts";
import { Progress } from "./progress.ts";
import { SinkHealth } from "./sink-health.ts";
import { trialOf, withoutTrial } from "./trial.ts";

const SILENCE_MS = 1_000;
const IDLE_MS = 60_000;

export interface PumpParts {
  readonly sink: Sink;
  readonly format: Format;
  readonly feed: Feed;
  /** Answers how many more dead letters of this sink the state takes. */
  readonly room: () => Promise<number>;
  /** Absent: as fast as the collector takes it. Shared by every loop that sends to the same sink. */
  readonly pace?: Pace | undefined;
  /** The sink tells it of its own waits too. */
  readonly pulse: Pulse;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Tells the SIEM. */
  readonly tell: (notice: Notice) => void;
  /** Called after each batch that went well. */
  readonly onSent?: () => void;
  readonly now: () => number;
  readonly random: () => number;
}

export class Pump {
  private readonly parts: PumpParts;
  private readonly stopping = new AbortController();
  private readonly ending = new AbortController();
  private isDraining = false;
  private wake = new AbortController();
  private urge = new AbortController();
  private readonly health: SinkHealth;
  private readonly lag = new Lag();
  private readonly packer: Packer;
  private batch: BatchSize;
  /** Monotonic time of the last send. */
  private sentAt = 0;
  private running: Promise<void> | undefined;

  constructor(parts: PumpParts) {
    const { sink, feed, log, metrics, tell, now, random } = parts;
    this.parts = parts;
    this.packer = new Packer(parts);
    this.health = new SinkHealth({
      sink: sink.name,
      save: (health) => feed.saveHealth(health),
      log,
      metrics,
      tell,
      now,
      random,
    });
    this.batch = whole(parts.sink.maxBatch);
  }

  /** Starts the loop. `onFatal` gets whatever is a bug. */
  async start(onFatal: (error: unknown) => void): Promise<void> {
    this.running = this.run()
      .catch(onFatal)
      .finally(() => this.parts.pulse.end());
  }

  get condition(): Condition {
    return this.health.condition;
  }

  /** Whether it has enough to send for now. */
  get isBusy(): boolean {
    return this.packer.isFull;
  }

  /** Packs what a transaction of the log appends. */
  follower(): Follower {
    return this.packer.follower();
  }

  /** There may be more in the log. */
  notify(): void {
    this.wake.abort();
  }

  /** An operator has changed the state: what waits after an error is tried now. */
  retry(): void {
    this.notify();
    this.urge.abort();
  }

  /** Goes on until all that the feed holds is confirmed, then closes the sink; false when a stop came first. */
  async finish(): Promise<boolean> {
    this.isDraining = true;
    this.notify();
    await this.running;
    const isComplete = !this.stopping.signal.aborted && !this.ending.signal.aborted;
    await this.parts.sink.close();
    return isComplete;
  }

  /** Delivers and confirms what the log holds within a time in milliseconds, then closes the sink. */
  async drain(withinMs: number): Promise<void> {
    this.isDraining = true;
    this.notify();
    const ending = setTimeout(() => this.ending.abort(), withinMs / 2);
    await this.end(withinMs);
    clearTimeout(ending);
  }

  /** Confirms what was sent within a time in milliseconds, leaves the rest to whoever comes after, closes the sink. */
  async release(withinMs: number): Promise<void> {
    this.isDraining = true;
    this.ending.abort();
    this.notify();
    await this.end(withinMs);
  }

  private async end(withinMs: number): Promise<void> {
    const deadline = setTimeout(() => this.stopping.abort(), withinMs);
    await this.running;
    clearTimeout(deadline);
    await this.parts.sink.close();
  }

  private async run(): Promise<void> {
    let progress: Progress | undefined;
    while (!this.stopping.signal.aborted) {
      this.parts.pulse.beat();
      try {
        progress ??= await this.open();
        const isDone = await this.step(progress);
        if (isDone) return;
      } catch (error) {
        if (this.stopping.signal.aborted || (this.ending.signal.aborted && progress === undefined)) return;
        progress = isDropped(error) ? undefined : progress;
        progress?.stepBack();
        this.lag.stepBack();
        this.batch = afterError(this.batch, error, this.parts.sink.maxBatch);
        this.urge = new AbortController();
        await this.pause(await this.health.fail(error), AbortSignal.any([this.urge.signal, this.ending.signal]));
      }
    }
  }

  private async open(): Promise<Progress> {
    const { sink, feed, log } = this.parts;
    const { cursor, missed, health } = await feed.open();
    if (missed > 0) {
      log.error("events were pruned while no configuration named this sink: it will not get them", {
        sink: sink.name,
        missed,
      });
    }
    await this.pause(this.health.resume(health), this.ending.signal);
    return new Progress(cursor);
  }

  /** One batch, or a pause at the end of the log; answers true when a drain is complete. */
  private async step(progress: Progress): Promise<boolean> {
    this.wake = new AbortController();
    const silence = performance.now() - this.sentAt;
    const mustConfirm = this.ending.signal.aborted || (progress.hasUnconfirmed && silence >= SILENCE_MS);
    const most = Math.min(this.batch.events, this.parts.pace?.maxBatch ?? this.batch.events);
    const parcel = mustConfirm ? undefined : await this.packer.parcel(progress.position, most);
    if (parcel && parcel.examined.length > 0) {
      await this.deliver(parcel, progress);
      return false;
    }
    if (progress.hasUnconfirmed && (mustConfirm || this.isDraining)) {
      await this.settle(await this.parts.sink.flush(this.stopping.signal), progress);
      return false;
    }
    if (this.isDraining) return true;
    await this.pause(progress.hasUnconfirmed ? SILENCE_MS - silence : IDLE_MS, this.wake.signal);
    return false;
  }

  private async deliver({ examined, messages, rejected, fresh }: Parcel, progress: Progress): Promise<void> {
    await this.requireRoom();
    const receipt = await this.send(messages);
    progress.advance(examined, rejected);
    this.lag.note(fresh);
    await this.settle(receipt, progress);
    if (receipt.failure) throw receipt.failure;
    this.batch = widened(this.batch, examined.length, this.parts.sink.maxBatch);
    this.parts.onSent?.();
  }

  private async send(messages: readonly Message[]): Promise<Receipt> {
    if (messages.length === 0) return { rejected: [] };
    const { sink, format, pace, now } = this.parts;
    const sent = this.health.trouble === "ERF4010" ? [trialOf(sink, format, now()), ...messages] : messages;
    await this.untilPaced();
    pace?.begin(sent.length);
    try {
      return withoutTrial(await sink.send(sent, this.stopping.signal));
    } finally {
      this.sentAt = performance.now();
      this.parts.pulse.beat();
      pace?.end(sent.length, this.sentAt);
    }
  }

  /** Throws the stop's reason when it comes first: nothing was sent then. */
  private async untilPaced(): Promise<void> {
    const wait = () => this.parts.pace?.waitMs(performance.now()) ?? 0;
    for (let ms = wait(); ms > 0; ms = wait()) {
      await this.pause(ms, this.stopping.signal);
      this.stopping.signal.throwIfAborted();
    }
  }

  private async settle(receipt: Receipt, progress: Progress): Promise<void> {
    const answer = progress.answer(receipt);
    const { sink, log } = this.parts;
    const notices = progress.takeRefused();
    if (notices > 0) log.warn("notices refused by the collector", { sink: sink.name, notices });
    if (answer) await this.take(answer, progress);
    if (receipt.failure === undefined) return this.health.succeed();
    if (answer) this.health.ease();
  }

  /** Tells the store. Throws BlockedError (ERF4011) when it has no room for all that was rejected. */
  private async take(answer: Acknowledgement, progress: Progress): Promise<void> {
    const fitting = answer.rejected.length === 0 ? answer : progress.within(answer, await this.parts.room());
    if (fitting) {
      await this.acknowledge(fitting);
      progress.acknowledged(fitting);
      this.tellLag(fitting);
      tellOfLetters(fitting.rejected, this.parts);
    }
    if (fitting !== answer) throw lettersFull(this.parts.sink.name);
  }

  private tellLag({ cursor }: Acknowledgement): void {
    const { sink, metrics, now } = this.parts;
    for (const [received, events] of this.lag.answered(cursor)) {
      metrics.sinkAnswered(sink.name, now() - received, events);
    }
  }

  /** A sink whose dead letters are full sends nothing: the same messages would arrive again at every try. */
  private async requireRoom(): Promise<void> {
    if (this.health.trouble === "ERF4011" && (await this.parts.room()) === 0) throw lettersFull(this.parts.sink.name);
  }

  /** A full disk must not make the sink send again what it has confirmed: the answer itself is tried again. */
  private async acknowledge(answer: Acknowledgement): Promise<void> {
    for (;;) {
      try {
        return await this.parts.feed.acknowledge(answer);
      } catch (error) {
        if (!(error instanceof TransientError) || this.stopping.signal.aborted) throw error;
        await this.pause(await this.health.fail(error), this.stopping.signal);
      }
    }
  }

  private async pause(ms: number, signal: AbortSignal): Promise<void> {
    this.parts.pulse.beat(ms);
    await pauseUnless(AbortSignal.any([signal, this.stopping.signal]), ms);
  }
}

/** The cursor is gone: what was sent since can be confirmed no more. */
function isDropped(error: unknown): boolean {
  return error instanceof BlockedError && error.code === "ERF5009";
}
