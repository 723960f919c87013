/**
 * Syslog over RELP, the protocol in which the collector answers for each message: a message is confirmed when its
 * answer is here, and only then. One session carries batch after batch. When it ends in the middle of one, what was
 * answered stays confirmed and the pump sends the rest again over a new session: at most a window arrives twice.
 */

import { BlockedError, type ForwarderError, TransientError } from "../../core/errors.ts";
import type { Message, Receipt, Rejection } from "../../core/event.ts";
import { MAX_BATCH, type Sink } from "../sink.ts";
import { type Encoding, encode, maxTextBytes } from "../syslog/encoder.ts";
import { addressOf, type Collector } from "../wire/collector.ts";
import { Session, type Verdict } from "./session.ts";

/** How long a goodbye may take; everything is answered by then. */
const GOODBYE_MS = 1_000;

export interface RelpSettings {
  readonly collector: Collector;
  readonly encoding: Encoding;
  /** Messages that may be unanswered at a time. */
  readonly window: number;
}

export class RelpSink implements Sink {
  readonly name: string;
  readonly guarantee = "acknowledged";
  readonly maxTextBytes: number;
  readonly maxBatch: number;
  private readonly settings: RelpSettings;
  private session: Session | undefined;
  /** Whether the latest message that was answered was taken. */
  private takesMessages = false;

  constructor(name: string, settings: RelpSettings) {
    this.name = name;
    this.settings = settings;
    this.maxTextBytes = maxTextBytes(settings.encoding);
    this.maxBatch = Math.min(settings.window, MAX_BATCH);
  }

  async send(batch: readonly Message[], signal: AbortSignal): Promise<Receipt> {
    signal.throwIfAborted();
    const { bytes, frames, rejected } = encode(this.settings.encoding, batch);
    const verdicts = new Map<number, Verdict>();
    const failure = await this.exchange(
      frames.map(({ start, end }) => bytes.subarray(start, end)),
      verdicts,
      signal,
    );
    const refused = frames.flatMap(({ seq }, place) => refusal(seq, verdicts.get(place)));
    const refusesAll = this.refusesAll(refused.length, verdicts);
    this.takesMessages = verdicts.size === 0 ? this.takesMessages : [...verdicts.values()].at(-1) === undefined;
    if (refusesAll) throw this.refusesEverything(refused);
    const unanswered = frames.find((_, place) => !verdicts.has(place));
    const confirmed = unanswered === undefined ? batch.at(-1)?.seq : unanswered.seq - 1;
    return {
      ...(confirmed === undefined ? {} : { confirmed }),
      rejected: [...rejected, ...refused],
      ...(failure === undefined ? {} : { failure }),
    };
  }

  /** Nothing is ever held back. */
  async flush(): Promise<Receipt> {
    return { rejected: [] };
  }

  async probe(signal: AbortSignal): Promise<void> {
    const session = await this.newSession(signal);
    await session.close(signal);
  }

  async close(): Promise<void> {
    const { session } = this;
    this.session = undefined;
    try {
      await session?.close(AbortSignal.timeout(GOODBYE_MS));
    } catch {
      // A collector that does not say goodbye has answered for everything all the same.
    }
  }

  /** Collects verdicts by place. Answers what ended it before all were there; throws when not one was. */
  private async exchange(
    messages: readonly Buffer[],
    verdicts: Map<number, Verdict>,
    signal: AbortSignal,
  ): Promise<ForwarderError | undefined> {
    try {
      if (this.session?.canSend(messages.length) !== true) {
        await this.close();
        this.session = await this.newSession(signal);
      }
      await this.session.send(messages, (place, verdict) => verdicts.set(place, verdict), signal);
      return undefined;
    } catch (error) {
      this.session?.destroy();
      this.session = undefined;
      if (verdicts.size === 0) throw error;
      if (error instanceof TransientError || error instanceof BlockedError) return error;
      if (!signal.aborted) throw error;
      return new TransientError("ERF4003", "stopped before every message was answered for", { cause: error });
    }
  }

  private async newSession(signal: AbortSignal): Promise<Session> {
    const { collector, window } = this.settings;
    const session = new Session(collector, window);
    try {
      await session.open(signal);
      return session;
    } catch (error) {
      session.destroy();
      throw error;
    }
  }

  /** A message that is refused alone, after others were taken, is at fault itself; a second one is not. */
  private refusesAll(refused: number, { size }: ReadonlyMap<number, Verdict>): boolean {
    if (refused === 0 || refused < size) return false;
    return size > 1 || !this.takesMessages;
  }

  /** One refused message among others is that message's fault; every answer a refusal is the collector's. */
  private refusesEverything([first]: readonly Rejection[]): BlockedError {
    return new BlockedError(
      "ERF4010",
      `${addressOf(this.settings.collector)}: ${first?.reason.slice("ERF4010 ".length)}, and so to every message`,
      "Look into the collector's own log for why it refuses; sending resumes by itself.",
    );
  }
}

function refusal(seq: number, verdict: Verdict): Rejection[] {
  return verdict === undefined ? [] : [{ seq, reason: `ERF4010 the collector answered: ${verdict}` }];
}
