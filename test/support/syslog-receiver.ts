/** A collector inside the test process: octet counting over TCP or TLS, or datagrams. It can stall and be restarted. */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { freePort } from "./ports.ts";

export interface ReceiverOptions {
  readonly transport: "tcp" | "tls" | "udp";
  /** For transport tls. Read at each start. */
  readonly tls?: () => TlsOptions;
}

export class SyslogReceiver {
  /** Frames in the order in which they were complete, without their prefix. */
  readonly frames: string[] = [];
  port = 0;
  private readonly options: ReceiverOptions;
  private server: Server | undefined;
  private udp: UdpSocket | undefined;
  private readonly sockets = new Set<Socket>();
  private readonly streams = new Set<Socket>();
  private isStalled = false;

  constructor(options: ReceiverOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    if (this.port === 0) this.port = await freePort();
    if (this.options.transport === "udp") {
      this.udp = createSocket({ type: "udp4", recvBufferSize: 8_000_000 }, (frame) =>
        this.frames.push(frame.toString()),
      );
      this.udp.bind(this.port, "127.0.0.1");
      await once(this.udp, "listening");
      return;
    }
    this.server = this.createServer().listen(this.port, "127.0.0.1");
    await once(this.server, "listening");
  }

  /** Ends as a killed process would: every connection breaks. */
  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    const { server, udp } = this;
    this.server = undefined;
    this.udp = undefined;
    if (server) await once(server.close(), "close");
    if (udp) {
      udp.close();
      await once(udp, "close");
    }
  }

  /** Reads nothing more, though connections stay. */
  stall(): void {
    this.isStalled = true;
    for (const stream of this.streams) stream.pause();
  }

  resume(): void {
    this.isStalled = false;
    for (const stream of this.streams) stream.resume();
  }

  private createServer(): Server {
    const { transport, tls } = this.options;
    const server =
      transport === "tls"
        ? createTlsServer(tls?.() ?? {}, (socket) => this.accept(socket))
        : createServer((socket) => this.accept(socket));
    return server.on("tlsClientError", () => undefined).on("connection", this.keep);
  }

  /** The TCP sockets, also those of TLS sessions that are still being set up. */
  private readonly keep = (socket: Socket): void => {
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket));
  };

  private accept(socket: Socket): void {
    this.streams.add(socket);
    let rest: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      rest = this.takeFrames(Buffer.concat([rest, chunk]));
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.streams.delete(socket));
    if (this.isStalled) socket.pause();
  }

  private takeFrames(bytes: Buffer): Buffer {
    let at = 0;
    for (;;) {
      const space = bytes.indexOf(" ", at);
      if (space === -1) return bytes.subarray(at);
      const length = Number(bytes.toString("latin1", at, space));
      if (!Number.isInteger(length)) return Buffer.alloc(0);
      const end = space + 1 + length;
      if (end > bytes.length) return bytes.subarray(at);
      this.frames.push(bytes.toString("utf8", space + 1, end));
      at = end;
    }
  }
}
