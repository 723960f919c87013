/**
 * Syslog over TCP or TLS with the only acknowledgement that plain syslog has: one connection per batch, half-closed,
 * and the collector's own clean end as the sign that it has read every byte.
 *
 * A collector that is killed after reading, before storing, ends its connections just as cleanly. So a second
 * connection, the witness, is opened before a batch is written and is still there when the batch's own has ended: it
 * carries the next batch. Only when that one ends cleanly too was the collector alive long after the first was read,
 * and only then is the first confirmed. However fast a collector is restarted, its old connections die with it.
 *
 *   idle      nothing is unconfirmed, no connection
 *   trailing  one batch was read and waits for its witness, which stays open
 *
 * Any failure forgets the trailing batch and the witness: the pump sends both batches again.
 */
import type { Message, Receipt } from "../../core/event.ts";
import { free } from "../../core/free.ts";
import { MAX_BATCH, type Sink } from "../sink.ts";
import type { Collector } from "../wire/collector.ts";
import { Connection } from "../wire/connection.ts";
import { type Encoding, encode, maxTextBytes } from "./encoder.ts";

const NOTHING = Buffer.alloc(0);

/**
 * How long a first batch, and the first after a silence, is watched before it is half-closed: a collector must not end a
 * connection by itself. One that expects TLS does at the first plain byte, with an end as clean as that of a batch it
 * has read (syslog-ng).
 */
const PROVING_MS = 300;

export class ConfirmedLateSink implements Sink {
  readonly name: string;
  readonly guarantee = "confirmed-late";
  readonly maxTextBytes: number;
  readonly maxBatch = MAX_BATCH;
  private readonly collector: Collector;
  private readonly encoding: Encoding;
  private witness: Connection | undefined;
  /** The last `seq` of the batch that was read and is not confirmed. */
  private trailing: number | undefined;
  /** Whether the collector has taken a batch since the last failure or silence. */
  private isProven = false;

  constructor(name: string, collector: Collector, encoding: Encoding) {
    this.name = name;
    this.collector = collector;
    this.encoding = encoding;
    this.maxTextBytes = maxTextBytes(encoding);
  }

  async send(batch: readonly Message[], signal: AbortSignal): Promise<Receipt> {
    const { bytes, rejected } = encode(this.encoding, batch);
    const confirmed = this.trailing;
    await this.deliver(bytes, signal);
    free(bytes);
    this.trailing = batch.at(-1)?.seq;
    return { ...(confirmed === undefined ? {} : { confirmed }), rejected };
  }

  async flush(signal: AbortSignal): Promise<Receipt> {
    const confirmed = this.trailing;
    if (confirmed === undefined) return { rejected: [] };
    await this.deliver(NOTHING, signal);
    await this.dismissWitness(signal);
    return { confirmed, rejected: [] };
  }

  /** Rehearses an empty batch: it also shows whether the collector ends a half-closed connection, as it must. */
  async probe(signal: AbortSignal): Promise<void> {
    const rehearsal = new ConfirmedLateSink(this.name, this.collector, this.encoding);
    await rehearsal.deliver(NOTHING, signal);
    await rehearsal.dismissWitness(signal);
  }

  async close(): Promise<void> {
    this.forget();
  }

  private async deliver(bytes: Buffer, signal: AbortSignal): Promise<void> {
    let current = this.witness;
    this.witness = undefined;
    // After a silence another collector may be there, or the same one with another configuration.
    if (current === undefined) this.isProven = false;
    try {
      current ??= await this.connect(signal);
      // Before the write: whatever ends the current connection from here on ends the witness with it.
      this.witness = await this.connect(signal);
      await current.write(bytes, signal);
      if (bytes.length > 0 && !this.isProven) await current.live(PROVING_MS, signal);
      await current.finish(signal);
      this.isProven = bytes.length > 0 || this.isProven;
    } catch (error) {
      current?.destroy();
      this.forget();
      throw error;
    }
  }

  /** Ends the last connection like every other; a collector that fails at it was not alive enough to be believed. */
  private async dismissWitness(signal: AbortSignal): Promise<void> {
    const { witness } = this;
    this.witness = undefined;
    this.trailing = undefined;
    try {
      await witness?.finish(signal);
    } catch (error) {
      this.forget();
      throw error;
    } finally {
      witness?.destroy();
    }
  }

  private async connect(signal: AbortSignal): Promise<Connection> {
    const connection = new Connection(this.collector);
    await connection.open(signal);
    return connection;
  }

  private forget(): void {
    this.witness?.destroy();
    this.witness = undefined;
    this.trailing = undefined;
    this.isProven = false;
  }
}
