/**
 * Syslog over one long TCP or TLS connection, for collectors that dislike one per batch. Nothing comes back from them:
 * a batch counts as confirmed when this host's kernel has taken it, and what it had not passed on is lost with the
 * connection.
 */
import type { Message, Receipt } from "../../core/event.ts";
import { free } from "../../core/free.ts";
import { MAX_BATCH, type Sink } from "../sink.ts";
import type { Collector } from "../wire/collector.ts";
import { Connection } from "../wire/connection.ts";
import { type Encoding, encode, maxTextBytes } from "./encoder.ts";

/**
 * A connection is used only when it has lived so long. Collectors close what they refuse only after it is up (TLS 1.3
 * lets the client finish first): an expired client certificate would otherwise swallow batch after batch.
 */
const PROVING_MS = 1_000;

/** How long a collector may take to end its side; some never do. */
const GOODBYE_MS = 1_000;

export class PersistentSink implements Sink {
  readonly name: string;
  readonly guarantee = "best-effort";
  readonly maxTextBytes: number;
  readonly maxBatch = MAX_BATCH;
  private readonly collector: Collector;
  private readonly encoding: Encoding;
  private connection: Connection | undefined;

  constructor(name: string, collector: Collector, encoding: Encoding) {
    this.name = name;
    this.collector = collector;
    this.encoding = encoding;
    this.maxTextBytes = maxTextBytes(encoding);
  }

  async send(batch: readonly Message[], signal: AbortSignal): Promise<Receipt> {
    const { bytes, rejected } = encode(this.encoding, batch);
    const connection = await this.openConnection(signal);
    await connection.write(bytes, signal);
    free(bytes);
    const confirmed = batch.at(-1)?.seq;
    return { ...(confirmed === undefined ? {} : { confirmed }), rejected };
  }

  async flush(): Promise<Receipt> {
    return { rejected: [] };
  }

  async probe(signal: AbortSignal): Promise<void> {
    const connection = await this.connect(signal);
    await connection.end(GOODBYE_MS);
  }

  async close(): Promise<void> {
    const { connection } = this;
    this.connection = undefined;
    await connection?.end(GOODBYE_MS);
  }

  /** A connection that the collector ended while nothing was under way is replaced. */
  private async openConnection(signal: AbortSignal): Promise<Connection> {
    if (this.connection?.isOpen) return this.connection;
    this.connection = await this.connect(signal);
    return this.connection;
  }

  private async connect(signal: AbortSignal): Promise<Connection> {
    const connection = new Connection(this.collector, { lingers: true });
    await connection.open(signal);
    await connection.live(PROVING_MS, signal);
    return connection;
  }
}
