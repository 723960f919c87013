/** Plays the pump before a sink: sends numbered messages and repeats everything after the last confirmed one. */
import { setTimeout as sleep } from "node:timers/promises";
import { ForwarderError } from "../../src/core/errors.ts";
import type { Message, Receipt, Rejection } from "../../src/core/event.ts";
import type { Sink } from "../../src/sinks/sink.ts";

export interface DriverOptions {
  readonly sink: Pick<Sink, "send" | "flush">;
  readonly message: (seq: number) => Message;
  readonly batchSize: number;
  /** Waits after each batch and each flush. */
  readonly pause?: () => Promise<unknown>;
  /** Whether the sink is flushed after this batch, as the pump does in silence. */
  readonly isSilence?: () => boolean;
}

const RETRY_MS = 20;

export class PumpDriver {
  /** Every message up to this `seq` is confirmed. */
  confirmed = 0;
  readonly failures: ForwarderError[] = [];
  readonly rejected: Rejection[] = [];
  private position = 0;
  private last = 0;
  private readonly options: DriverOptions;

  constructor(options: DriverOptions) {
    this.options = options;
  }

  /** Sends batches while `goesOn` says so, asked before each, then until all that was sent is confirmed. */
  async run(goesOn: () => boolean, signal: AbortSignal): Promise<void> {
    const { pause, isSilence } = this.options;
    for (;;) {
      signal.throwIfAborted();
      const isMore = goesOn() || this.position < this.last;
      if (!isMore && this.confirmed >= this.last) return;
      try {
        if (isMore) await this.send(signal);
        if (!isMore || isSilence?.()) this.take(await this.options.sink.flush(signal));
        await pause?.();
      } catch (error) {
        await this.stepBack(error);
      }
    }
  }

  private async send(signal: AbortSignal): Promise<void> {
    const batch = this.nextBatch();
    const receipt = await this.options.sink.send(batch, signal);
    this.position += batch.length;
    this.last = Math.max(this.last, this.position);
    this.take(receipt);
    if (receipt.failure) throw receipt.failure;
  }

  private nextBatch(): Message[] {
    const { batchSize, message } = this.options;
    return Array.from({ length: batchSize }, (_, index) => message(this.position + index + 1));
  }

  private take({ confirmed, rejected }: Receipt): void {
    this.confirmed = Math.max(this.confirmed, confirmed ?? 0);
    this.rejected.push(...rejected);
  }

  private async stepBack(error: unknown): Promise<void> {
    if (!(error instanceof ForwarderError)) throw error;
    this.failures.push(error);
    this.position = this.confirmed;
    await sleep(RETRY_MS);
  }
}
