/**
 * Syslog over UDP, one datagram per message. Nobody ever learns whether one arrived: a batch counts as confirmed when
 * this host's kernel has taken it.
 *
 * syslog-client sends; its own headers lack what ours need, so the text goes out as it is. It resolves a host name for
 * every datagram (9.7 k/s instead of 88 k/s), so it gets addresses only.
 */
import { lookup } from "node:dns/promises";
import { Client, Transport } from "syslog-client";
import { TransientError } from "../../core/errors.ts";
import type { Message, Receipt } from "../../core/event.ts";
import { MAX_BATCH, type Sink } from "../sink.ts";
import type { Collector } from "../wire/collector.ts";
import { notInTime, unreachable } from "../wire/connection-errors.ts";
import { type Encoding, encode, maxTextBytes } from "./encoder.ts";

/** How long an address is used before the name is resolved again. */
const ADDRESS_MS = 60_000;

class RawClient extends Client {
  override buildFormattedMessage(message: string): Buffer {
    return Buffer.from(message);
  }
}

interface Target {
  readonly client: RawClient;
  /** Rejects when the socket fails: what was being sent then is never called back (a socket that cannot be bound). */
  readonly failure: Promise<never>;
  readonly resolvedAt: number;
}

export class UdpSink implements Sink {
  readonly name: string;
  readonly guarantee = "best-effort";
  readonly maxTextBytes: number;
  readonly maxBatch = MAX_BATCH;
  private readonly collector: Collector;
  private readonly encoding: Encoding;
  private target: Target | undefined;

  constructor(name: string, collector: Collector, encoding: Encoding) {
    this.name = name;
    this.collector = collector;
    this.encoding = encoding;
    this.maxTextBytes = maxTextBytes(encoding);
  }

  async send(batch: readonly Message[], signal: AbortSignal): Promise<Receipt> {
    const { bytes, frames, rejected } = encode(this.encoding, batch);
    const datagrams = frames.map(({ start, end }) => bytes.subarray(start, end));
    try {
      const { client, failure } = await this.currentTarget(signal);
      await Promise.race([transmitAll(client, datagrams, signal), failure]);
    } catch (error) {
      await this.close();
      signal.throwIfAborted();
      throw error instanceof TransientError ? error : unreachable(this.collector, error);
    }
    const confirmed = batch.at(-1)?.seq;
    return { ...(confirmed === undefined ? {} : { confirmed }), rejected };
  }

  async flush(): Promise<Receipt> {
    return { rejected: [] };
  }

  /** Resolves the name; more cannot be known. */
  async probe(signal: AbortSignal): Promise<void> {
    await this.resolve(signal);
  }

  async close(): Promise<void> {
    this.target?.client.close();
    this.target = undefined;
  }

  private async currentTarget(signal: AbortSignal): Promise<Target> {
    const now = performance.now();
    if (this.target && now - this.target.resolvedAt < ADDRESS_MS) return this.target;
    const address = await this.resolve(signal);
    await this.close();
    const client = new RawClient(address, { port: this.collector.port, transport: Transport.Udp });
    const { promise: failure, reject } = Promise.withResolvers<never>();
    // Nobody may be sending; without a listener the event would end the process.
    failure.catch(() => undefined);
    client.on("error", reject);
    this.target = { client, failure, resolvedAt: now };
    return this.target;
  }

  private async resolve(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    this.collector.pulse?.beat(this.collector.connectTimeoutMs);
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    const timer = setTimeout(() => reject(notInTime(this.collector, "connection")), this.collector.connectTimeoutMs);
    try {
      const { address } = await Promise.race([aborted, lookup(this.collector.host)]);
      return address;
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof TransientError ? error : unreachable(this.collector, error);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  }
}

/** One by one: a burst overflows the receiver's buffer (of 20,000 at once 166 arrived). */
async function transmitAll(client: RawClient, datagrams: readonly Buffer[], signal: AbortSignal): Promise<void> {
  for (const datagram of datagrams) {
    signal.throwIfAborted();
    await transmit(client, datagram);
  }
}

function transmit(client: RawClient, datagram: Buffer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  client.log(datagram.toString(), {}, (error) => (error ? reject(error) : resolve()));
  return promise;
}
