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
import type { SecureContext } from "node:tls";
import type { Collector, TlsSettings } from "./collector.ts";
import {
  certificateRefused,
  endedUncleanly,
  notInTime,
  type Stall,
  stalled,
  tlsFailed,
  unreachable,
} from "./connection-errors.ts";
import { readSecureContext, refusalOf, startTls } from "./tls.ts";

const KEEP_ALIVE_MS = 30_000;

export class Connection {
  private readonly collector: Collector;
  private readonly onBytes: (bytes: Buffer) => void;
  private readonly socket = new Socket({ allowHalfOpen: true });
  /** What carries our bytes: the socket itself, or a TLS session over it. */
  private stream: Duplex = this.socket;
  private readonly broken = Promise.withResolvers<never>();
  private readonly ended = Promise.withResolvers<void>();
  private state: "opening" | "open" | "finishing" | "failed" = "opening";
  private hasPeerEnded = false;
  /** What a time without progress would mean now. */
  private stall: Stall = "takes no bytes";

  /** `onBytes` gets what the collector says; what it throws ends the connection. Plain syslog collectors say nothing. */
  constructor(collector: Collector, onBytes: (bytes: Buffer) => void = () => undefined) {
    this.collector = collector;
    this.onBytes = onBytes;
  }

  get isOpen(): boolean {
    return this.state === "open";
  }

  /** Throws TransientError (ERF4001, ERF4003), BlockedError (ERF1003, ERF4004, ERF4005, ERF4008) or the abort's reason. */
  async open(signal: AbortSignal): Promise<void> {
    const { collector } = this;
    const context = collector.tls && (await readSecureContext(collector.tls));
    this.watch();
    const timer = setTimeout(
      () => this.fail(notInTime(collector, !this.socket.connecting)),
      collector.connectTimeoutMs,
    );
    try {
      await this.unlessBroken(this.connect(context), signal);
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
    const written = Promise.withResolvers<void>();
    // A failed write ends the connection, and that is what is thrown.
    this.stream.write(bytes, (error) => (error ? undefined : written.resolve()));
    await this.unlessStalled(written.promise, "takes no bytes", signal);
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
    if (this.state === "open") this.state = "finishing";
    this.stream.end();
    await this.unlessStalled(this.ended.promise, "does not close", signal);
  }

  /** Lets go of the connection whatever its state. */
  destroy(): void {
    this.stream.destroy();
    this.socket.destroy();
  }

  private connect(context: SecureContext | undefined): Promise<void> {
    const { socket, collector } = this;
    const connected = Promise.withResolvers<void>();
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
    socket.connect({ host: collector.host, port: collector.port }, () => {
      if (collector.tls === undefined || context === undefined) connected.resolve();
      else this.secure(collector.tls, context, connected.resolve);
    });
    // Even where nothing that a collector says matters: its end is seen only by reading.
    if (context === undefined) this.listen(socket);
    return connected.promise;
  }

  private secure(settings: TlsSettings, context: SecureContext, onSecure: () => void): void {
    const { collector } = this;
    const secure = startTls(this.socket, collector.host, settings, context);
    this.stream = secure;
    secure.on("error", (error) => this.fail(tlsFailed(collector, error, this.state !== "opening")));
    secure.on("end", () => this.onPeerEnd());
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
        this.onBytes(bytes);
      } catch (error) {
        this.fail(error);
      }
    });
  }

  private watch(): void {
    const { socket, collector } = this;
    socket.on("timeout", () => this.fail(stalled(collector, this.stall)));
    socket.on("error", (error) => {
      this.fail(this.state === "opening" ? unreachable(collector, error) : endedUncleanly(collector, error));
    });
    socket.on("end", () => {
      this.hasPeerEnded = true;
      this.onPeerEnd();
    });
    socket.on("close", () => {
      if (this.state === "finishing" && this.hasPeerEnded) this.ended.resolve();
      else this.fail(endedUncleanly(collector));
    });
    // A connection may fail while nobody waits for it; the next step throws what it was.
    this.broken.promise.catch(() => undefined);
  }

  private onPeerEnd(): void {
    if (this.state !== "finishing") this.fail(endedUncleanly(this.collector));
  }

  private fail(reason: unknown): void {
    if (this.state === "failed") return;
    this.state = "failed";
    this.broken.reject(reason);
    this.destroy();
  }

  /** The socket's idle timer counts as progress what the kernel takes from us and what the collector sends. */
  private async unlessStalled<T>(step: Promise<T>, stall: Stall, signal: AbortSignal): Promise<T> {
    this.stall = stall;
    this.socket.setTimeout(this.collector.stallTimeoutMs);
    try {
      return await this.unlessBroken(step, signal);
    } finally {
      this.socket.setTimeout(0);
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
