/**
 * A small syslog collector on loopback for the demo and the tests: TCP, octet-counted and LF frames on one port. It
 * answers a peer's FIN with its own only after every line was handed over, as a collector must for half-close to prove
 * anything.
 */
import { createServer, type Server, type Socket } from "node:net";
import { FrameDecoder } from "./frames.ts";

export interface CollectedLine {
  readonly line: string;
  /** Number of the connection, counted from 1. */
  readonly connection: number;
  /** Milliseconds of a monotonic clock. */
  readonly at: number;
}

export class Collector {
  /** Lines that were not handed to a callback, in order of arrival. */
  readonly received: CollectedLine[] = [];
  /** Connections that ended within a frame, were reset or broke the framing. */
  broken = 0;
  private readonly onLine: (line: CollectedLine) => void;
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private connections = 0;
  private port = 0;

  /** With a callback lines go to it alone; without one they are kept in `received`. */
  constructor(onLine?: (line: CollectedLine) => void) {
    this.onLine = onLine ?? ((line) => this.received.push(line));
  }

  /** Listens on loopback and answers the port: the given one, else the one of the last start, else a free one. */
  async start(port = this.port): Promise<number> {
    const server = createServer({ allowHalfOpen: true }, (socket) => this.accept(socket));
    const listening = Promise.withResolvers<void>();
    server.once("error", listening.reject);
    server.listen(port, "127.0.0.1", listening.resolve);
    await listening.promise;
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the collector has no port");
    this.server = server;
    this.port = address.port;
    return this.port;
  }

  /** Destroys every connection and closes the listener. Safe to call twice. */
  async stop(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    for (const socket of this.sockets) socket.destroy();
    await closed.promise;
  }

  private accept(socket: Socket): void {
    this.connections += 1;
    const connection = this.connections;
    const decoder = new FrameDecoder();
    this.sockets.add(socket);
    socket.on("data", (chunk: Buffer) => this.read(socket, connection, () => decoder.push(chunk)));
    socket.once("end", () => {
      if (decoder.unfinishedBytes > 0) this.broken += 1;
      socket.end();
    });
    socket.once("error", () => {
      this.broken += 1;
    });
    socket.once("close", () => this.sockets.delete(socket));
  }

  private read(socket: Socket, connection: number, decode: () => string[]): void {
    try {
      for (const line of decode()) this.onLine({ line, connection, at: performance.now() });
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
