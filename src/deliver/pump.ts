/**
 * The loop of one sink, over its own cursor in the event log:
 *
 *   sending   batch after batch while the log has more
 *   idle      at the end of the log; after a second of silence what is unconfirmed is confirmed
 *   waiting   after an error: everything unconfirmed is sent again when the back-off is over
 *   draining  until the log is delivered and confirmed, or the drain's deadline aborts it
 *
 * A slow or failing sink holds back nobody but itself.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { backoffMs } from "../core/backoff.ts";
import { BlockedError, messageOf, TransientError } from "../core/errors.ts";
import type { Message, Receipt, Rejection, StoredEvent } from "../core/event.ts";
import { failed, type Health, NEW_HEALTH, succeeded } from "../core/health.ts";
import type { Format } from "../formats/format.ts";
import type { Sink } from "../sinks/sink.ts";
import type { StartFrom, Store } from "../store/store.ts";
import { describeError, type Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { Progress } from "./progress.ts";
import { type Selection, selects } from "./selection.ts";

const BATCH = 500;
const SILENCE_MS = 1_000;
const IDLE_MS = 60_000;
const BACKOFF = { baseMs: 500, capMs: 30_000 };
const BLOCKED_BACKOFF = { baseMs: 30_000, capMs: 60_000 };

export interface PumpParts {
  readonly sink: Sink;
  readonly format: Format;
  readonly selection: Selection;
  readonly startFrom: StartFrom;
  readonly store: Store;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now: () => number;
  readonly random: () => number;
}

export class Pump {
  private readonly parts: PumpParts;
  private readonly stopping = new AbortController();
  private isDraining = false;
  private wake = new AbortController();
  private health: Health = NEW_HEALTH;
  private running: Promise<void> | undefined;

  constructor(parts: PumpParts) {
    this.parts = parts;
  }

  /** Opens the cursor and starts the loop. `onFatal` gets whatever is a bug. */
  async start(onFatal: (error: unknown) => void): Promise<void> {
    const { sink, store, startFrom } = this.parts;
    const { cursor } = await store.openSink(sink.name, startFrom);
    this.running = this.run(new Progress(cursor)).catch(onFatal);
  }

  /** There may be more in the log. */
  notify(): void {
    this.wake.abort();
  }

  /** Delivers and confirms what the log holds, until the deadline aborts it; then closes the sink. */
  async drain(deadline: AbortSignal): Promise<void> {
    this.isDraining = true;
    this.notify();
    deadline.addEventListener("abort", () => this.stopping.abort(), { once: true });
    if (deadline.aborted) this.stopping.abort();
    await this.running;
    await this.parts.sink.close();
  }

  private async run(progress: Progress): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        const isDone = await this.step(progress);
        if (isDone) return;
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        progress.stepBack();
        await this.pause(await this.fail(error));
      }
    }
  }

  /** One batch, or a pause at the end of the log; answers true when a drain is complete. */
  private async step(progress: Progress): Promise<boolean> {
    this.wake = new AbortController();
    const events = await this.parts.store.after(progress.position, BATCH);
    if (events.length > 0) {
      await this.deliver(events, progress);
      return false;
    }
    if (progress.hasUnconfirmed) {
      if (!this.isDraining && (await this.wasWoken(SILENCE_MS))) return false;
      await this.settle(await this.parts.sink.flush(this.stopping.signal), progress);
      return false;
    }
    if (this.isDraining) return true;
    await this.wasWoken(IDLE_MS);
    return false;
  }

  private async deliver(events: readonly StoredEvent[], progress: Progress): Promise<void> {
    const { sink } = this.parts;
    const rejected: Rejection[] = [];
    const messages: Message[] = [];
    for (const event of events) this.format(event, messages, rejected);
    const receipt = messages.length === 0 ? { rejected: [] } : await sink.send(messages, this.stopping.signal);
    progress.advance(events.at(-1)?.seq ?? progress.position, messages.at(-1)?.seq, rejected);
    await this.settle(receipt, progress);
  }

  private format(event: StoredEvent, messages: Message[], rejected: Rejection[]): void {
    const { selection, format, sink } = this.parts;
    if (!selects(selection, event)) return;
    const { seq, time, stream } = event;
    try {
      messages.push({ seq, time, source: stream.source, text: format.format(event, sink.maxTextBytes) });
    } catch (error) {
      rejected.push({ seq, reason: `ERF4006 ${messageOf(error)}` });
    }
  }

  private async settle(receipt: Receipt, progress: Progress): Promise<void> {
    const { sink, store, metrics, log } = this.parts;
    const answer = progress.answer(receipt);
    if (answer) {
      await store.acknowledge(sink.name, answer);
      progress.acknowledged(answer);
      metrics.answered(sink.name, answer.cursor - answer.expected - answer.rejected.length, answer.rejected.length);
      for (const { seq, reason } of answer.rejected) log.error("event rejected", { sink: sink.name, seq, reason });
    }
    await this.succeed();
  }

  /** Waits for news of the log; answers whether it came before the time was over. */
  private async wasWoken(ms: number): Promise<boolean> {
    return !(await this.pauseUnless(AbortSignal.any([this.wake.signal, this.stopping.signal]), ms));
  }

  private async pause(ms: number): Promise<void> {
    await this.pauseUnless(this.stopping.signal, ms);
  }

  /** Answers whether the whole time passed. */
  private async pauseUnless(signal: AbortSignal, ms: number): Promise<boolean> {
    try {
      return await sleep(ms, true, { signal });
    } catch {
      return false;
    }
  }

  private async succeed(): Promise<void> {
    const { sink, log, now } = this.parts;
    const wasFailing = this.health.failures > 0;
    if (wasFailing) log.info("sink recovered", { sink: sink.name, failures: this.health.failures });
    this.health = succeeded(now());
    if (wasFailing) await this.saveHealth();
  }

  /** Answers how long to wait. Errors that are neither transient nor blocked are bugs and go through. */
  private async fail(error: unknown): Promise<number> {
    const { sink, log, metrics, now, random } = this.parts;
    if (!(error instanceof TransientError) && !(error instanceof BlockedError)) throw error;
    const limits = error instanceof BlockedError ? BLOCKED_BACKOFF : BACKOFF;
    const wait = backoffMs(this.health.failures + 1, limits, random);
    const before = this.health;
    this.health = failed(before, error, now(), wait);
    metrics.sinkFailed(sink.name, error.code);
    if (this.health.trouble?.code !== before.trouble?.code) {
      const details = { sink: sink.name, ...describeError(error) };
      if (error instanceof BlockedError) log.error("sink parked, an operator must act", details);
      else log.warn("sink failed, will retry", details);
    }
    await this.saveHealth();
    return wait;
  }

  /** A full disk must not hide the error that is being reported. */
  private async saveHealth(): Promise<void> {
    const { sink, store, log } = this.parts;
    try {
      await store.saveSinkHealth(sink.name, this.health);
    } catch (error) {
      log.warn("health not saved", { sink: sink.name, error: messageOf(error) });
    }
  }
}
