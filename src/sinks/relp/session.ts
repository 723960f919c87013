/**
 * One RELP session with a collector, over one connection:
 *
 *   open      offers what we speak; the collector must offer `syslog` in turn
 *   send      messages in a window: never more than so many unanswered
 *   close     says goodbye; the collector has answered everything by then
 *
 * Transaction numbers rise by one with each command, as RELP demands; a gap makes the collector hang up. Its
 * `serverclose` ends the session like the end of the connection does: what is unanswered was not delivered.
 */
import { BlockedError } from "../../core/errors.ts";
import { addressOf, type Collector } from "../wire/collector.ts";
import { Connection } from "../wire/connection.ts";
import { endedUncleanly } from "../wire/connection-errors.ts";
import { type Frame, FrameReader, frame, LAST_TRANSACTION } from "./frames.ts";

const OFFERS = Buffer.from("relp_version=0\nrelp_software=entra-risk-forwarder\ncommands=syslog\n");
const OK = /^200(?: |$)/;

/** The collector's verdict on one message: undefined when it took it, else its own words. */
export type Verdict = string | undefined;

export class Session {
  private readonly collector: Collector;
  private readonly window: number;
  private readonly connection: Connection;
  private readonly reader = new FrameReader();
  private transaction = 0;
  /** What to do with the answer of each command that waits for one. */
  private readonly waiting = new Map<number, (data: string) => void>();
  private progress = Promise.withResolvers<void>();

  constructor(collector: Collector, window: number) {
    this.collector = collector;
    this.window = window;
    this.connection = new Connection(collector, { onBytes: (bytes) => this.read(bytes) });
  }

  /** False once the connection has ended or its numbers are used up for a batch of this size. */
  canSend(messages: number): boolean {
    return this.connection.isOpen && this.transaction + messages < LAST_TRANSACTION;
  }

  /** Throws like Connection.open and BlockedError (ERF4009) where the other side speaks no RELP. */
  async open(signal: AbortSignal): Promise<void> {
    await this.connection.open(signal);
    const offers = await this.ask("open", OFFERS, signal);
    if (!OK.test(offers)) throw this.notRelp(`it answers ${words(offers)}`);
    if (!/^commands=(?:\S+,)?syslog(?:,|$)/m.test(offers)) throw this.notRelp("it does not offer syslog");
  }

  /**
   * Sends messages in order; `onVerdict` is told of each, in order of the answers, by its place in the list. Throws
   * TransientError, BlockedError or the abort's reason; what had no verdict by then may have arrived or not.
   */
  async send(
    messages: readonly Buffer[],
    onVerdict: (place: number, verdict: Verdict) => void,
    signal: AbortSignal,
  ): Promise<void> {
    let next = 0;
    while (next < messages.length || this.waiting.size > 0) {
      const fitting = messages.slice(next, next + this.window - this.waiting.size);
      const frames = fitting.map((message, index) => {
        const place = next + index;
        return this.command("syslog", message, (data) => onVerdict(place, OK.test(data) ? undefined : words(data)));
      });
      next += fitting.length;
      if (frames.length > 0) await this.connection.write(Buffer.concat(frames), signal);
      await this.answers(signal);
    }
  }

  /** Says goodbye and lets go of the connection. */
  async close(signal: AbortSignal): Promise<void> {
    try {
      if (this.connection.isOpen) await this.ask("close", Buffer.alloc(0), signal);
    } finally {
      this.destroy();
    }
  }

  destroy(): void {
    this.connection.destroy();
  }

  private async ask(name: string, data: Buffer, signal: AbortSignal): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    await this.connection.write(this.command(name, data, resolve), signal);
    return this.connection.answered(promise, signal);
  }

  private command(name: string, data: Buffer, onAnswer: (data: string) => void): Buffer {
    this.transaction += 1;
    this.waiting.set(this.transaction, onAnswer);
    return frame(this.transaction, name, data);
  }

  /** Waits for the next answers, unless they are here already. */
  private async answers(signal: AbortSignal): Promise<void> {
    if (this.waiting.size === 0) return;
    await this.connection.answered(this.progress.promise, signal);
    this.progress = Promise.withResolvers();
  }

  private read(bytes: Buffer): void {
    const answers = this.framesOf(bytes);
    for (const answer of answers) this.take(answer);
    // Pieces of an answer are no progress: a collector could send them for ever.
    if (answers.length > 0) this.progress.resolve();
  }

  private framesOf(bytes: Buffer): Frame[] {
    try {
      return this.reader.push(bytes);
    } catch (error) {
      throw this.notRelp(`it sends ${error instanceof Error ? error.message : "something else"}`);
    }
  }

  private take({ transaction, command, data }: Frame): void {
    if (command === "serverclose") {
      if (this.waiting.size > 0) throw endedUncleanly(this.collector);
      return;
    }
    const onAnswer = this.waiting.get(transaction);
    if (command !== "rsp" || onAnswer === undefined) throw this.notRelp(`it sends an answer that nobody waits for`);
    this.waiting.delete(transaction);
    onAnswer(data);
  }

  private notRelp(found: string): BlockedError {
    return new BlockedError(
      "ERF4009",
      `${addressOf(this.collector)}: the collector does not speak RELP as it must: ${found}`,
      "Check that this port is an imrelp input; for plain syslog use type: syslog.",
    );
  }
}

/** The first line of an answer, as far as a message may quote it. */
function words(data: string): string {
  const [line = ""] = data.split("\n");
  return (
    line
      .replaceAll(/[^ -~]/g, " ")
      .slice(0, 100)
      .trim() || "nothing"
  );
}
