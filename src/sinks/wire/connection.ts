/**
 * One connection to a collector, TCP or TLS:
 *
 *   opening    until it is connected and, with TLS, the collector's certificate has passed
 *   open       takes bytes; an end that the collector sets here is a failure
 *   finishing  half-closed: everything is sent, the collector reads it and closes in turn
 *   failed     for good: every step from then on throws the first failure
 *
 * It must not know messages, nor what the end of a connection proves.
 */
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import type { Collector, TlsSettings } from "./collector.ts";
import {
  certificateRefused,
  endedUncleanly,
  endedWithoutNotice,
  notInTime,
  type OpeningStep,
  type Stall,
  stalled,
  tlsFailed,
  unreachable,
} from "./connection-errors.ts";
import { factsOf, readSecureContext, refusalOf, startTls, type TlsFacts } from "./tls.ts";

const KEEP_ALIVE_MS = 30_000;

/** Bytes that must be taken within the stall time: a slow collector makes progress, however large a batch is. */
const PIECE = 64 * 1024;

export interface ConnectionOptions {
  /** Gets what the collector says; what it throws ends the connection. Plain syslog collectors say nothing. */
  readonly onBytes?: (bytes: Buffer) => void;
  /** What this host's kernel has taken counts as delivered, so that a failure does not take it back. */
  readonly lingers?: boolean;
}

export class Connection {
  private readonly collector: Collector;
  private readonly options: ConnectionOptions;
  private readonly socket = new Socket({ allowHalfOpen: true });
  /** What carries our bytes: the socket itself, or a TLS session over it. */
  private stream: Duplex = this.socket;
  private readonly broken = Promise.withResolvers<never>();
  private readonly ended = Promise.withResolvers<void>();
  private state: "opening" | "open" | "finishing" | "failed" = "opening";
  private opening: OpeningStep = "connection";
  private hasPeerEnded = false;
  /** Whether the TLS session has ended by close_notify: the end of TCP alone can be forged. */
  private hasNotice = false;

  constructor(collector: Collector, options: ConnectionOptions = {}) {
    this.collector = collector;
    this.options = options;
  }

  get isOpen(): boolean {
    return this.state === "open";
  }

  /** What the collector presented, once the connection is open; undefined without TLS. */
  get tls(): TlsFacts | undefined {
    return this.stream instanceof TLSSocket ? factsOf(this.stream) : undefined;
  }

  /** Throws TransientError (ERF4001, ERF4003), BlockedError (ERF1003, ERF4004, ERF4005, ERF4008) or the abort's reason. */
  async open(signal: AbortSignal): Promise<void> {
    const { collector } = this;
    collector.pulse?.beat(collector.connectTimeoutMs);
    this.watch();
    const timer = setTimeout(() => this.fail(notInTime(collector, this.opening)), collector.connectTimeoutMs);
    try {
      await this.unlessBroken(this.connect(), signal);
    } catch (error) {
      this.fail(error);
      throw error;
    } finally {
      clearTimeout(timer);
    }
    this.state = "open";
  }

  /** Waits whether the connection lives so long. Throws like `finish`. */
  async live(ms: number, signal: AbortSignal): Promise<void> {
    const over = Promise.withResolvers<void>();
    const timer = setTimeout(over.resolve, ms);
    try {
      await this.unlessBroken(over.promise, signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Hands bytes to the kernel, at the pace at which the collector takes them. Throws like `finish`. */
  async write(bytes: Buffer, signal: AbortSignal): Promise<void> {
    for (let at = 0; at < bytes.length; at += PIECE) {
      const written = Promise.withResolvers<void>();
      // A failed write ends the connection, and that is what is thrown.
      this.stream.write(bytes.subarray(at, at + PIECE), (error) => (error ? undefined : written.resolve()));
      await this.unlessStalled(written.promise, "takes no bytes", signal);
    }
  }

  /** Waits for a step that the collector's answers bring about. Throws like `finish`, and what `onBytes` threw. */
  answered<T>(step: Promise<T>, signal: AbortSignal): Promise<T> {
    return this.unlessStalled(step, "answers nothing", signal);
  }

  /**
   * Half-closes and waits until the collector has closed cleanly. Throws TransientError (ERF4002, ERF4003),
   * BlockedError (ERF4005) or the abort's reason.
   */
  async finish(signal: AbortSignal): Promise<void> {
    this.halfClose();
    await this.unlessStalled(this.ended.promise, "does not close", signal);
  }

  /** Ends properly where that takes no longer than `ms`, and lets go of the connection. Throws nothing. */
  async end(ms: number): Promise<void> {
    if (this.state === "open") {
      this.halfClose();
      const over = Promise.withResolvers<void>();
      const timer = setTimeout(over.resolve, ms);
      await Promise.allSettled([Promise.race([this.ended.promise, this.broken.promise, over.promise])]);
      clearTimeout(timer);
    }
    this.destroy();
  }

  /** Lets go of the connection whatever its state. */
  destroy(): void {
    this.stream.destroy();
    this.socket.destroy();
  }

  private halfClose(): void {
    if (this.state === "open") this.state = "finishing";
    this.stream.end();
  }

  private async connect(): Promise<void> {
    const { socket, collector } = this;
    const { host, port, tls } = collector;
    this.opening = "files";
    const context = tls && (await readSecureContext(tls));
    // It may have taken so long that nobody waits any more.
    if (this.state === "failed") return;
    this.opening = "connection";
    const connected = Promise.withResolvers<void>();
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
    socket.connect({ host, port }, () => {
      if (tls === undefined || context === undefined) connected.resolve();
      else this.secure(startTls(socket, host, tls, context), tls, connected.resolve);
    });
    // Even where nothing that a collector says matters: its end is seen only by reading.
    if (context === undefined) this.listen(socket);
    await connected.promise;
  }

  private secure(secure: TLSSocket, settings: TlsSettings, onSecure: () => void): void {
    const { collector } = this;
    this.opening = "handshake";
    this.stream = secure;
    secure.on("error", (error) => this.fail(tlsFailed(collector, error, this.state !== "opening")));
    secure.on("end", () => {
      this.hasNotice = true;
      this.onPeerEnd();
    });
    secure.once("secureConnect", () => {
      const refusal = settings.insecureSkipVerify ? undefined : refusalOf(secure);
      if (refusal === undefined) onSecure();
      else this.fail(certificateRefused(collector, refusal, secure.getPeerCertificate()));
    });
    this.listen(secure);
  }

  private listen(stream: Duplex): void {
    stream.on("data", (bytes: Buffer) => {
      if (this.state === "failed") return;
      try {
        this.options.onBytes?.(bytes);
      } catch (error) {
        this.fail(error);
      }
    });
  }

  private watch(): void {
    const { socket, collector } = this;
    socket.on("error", (error) => {
      this.fail(this.state === "opening" ? unreachable(collector, error) : endedUncleanly(collector, error));
    });
    socket.on("end", () => {
      this.hasPeerEnded = true;
      this.onPeerEnd();
    });
    socket.on("close", () => this.onClose());
    // A connection may fail while nobody waits for it; the next step throws what it was.
    this.broken.promise.catch(() => undefined);
  }

  private onPeerEnd(): void {
    if (this.state !== "finishing") this.fail(endedUncleanly(this.collector));
  }

  private onClose(): void {
    const { collector } = this;
    if (this.state !== "finishing" || !this.hasPeerEnded) return this.fail(endedUncleanly(collector));
    const needsNotice = collector.tls !== undefined && collector.tls.requireCloseNotify !== false;
    if (needsNotice && !this.hasNotice) return this.fail(endedWithoutNotice(collector));
    this.ended.resolve();
    this.destroy();
  }

  private fail(reason: unknown): void {
    if (this.state === "failed") return;
    this.state = "failed";
    this.broken.reject(reason);
    // Closed instead, the kernel would still deliver what is going to be sent again.
    if (this.options.lingers !== true) reset(this.socket);
    this.destroy();
  }

  /** The time is the step's own: no byte that the collector sends prolongs it. */
  private async unlessStalled<T>(step: Promise<T>, stall: Stall, signal: AbortSignal): Promise<T> {
    const { collector } = this;
    collector.pulse?.beat(collector.stallTimeoutMs);
    const timer = setTimeout(() => this.fail(stalled(collector, stall)), collector.stallTimeoutMs);
    try {
      return await this.unlessBroken(step, signal);
    } finally {
      clearTimeout(timer);
    }
  }

  private async unlessBroken<T>(step: Promise<T>, signal: AbortSignal): Promise<T> {
    const abort = () => this.fail(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    try {
      return await Promise.race([this.broken.promise, step]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }
}

/** A socket without a connection has nothing to take back, and one whose FIN is being handed over cannot (libuv). */
function reset(socket: Socket): void {
  const isHandingOver = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
  if (!socket.pending && !isHandingOver) socket.resetAndDestroy();
}
