/**
 * The sockets of one HTTP client until they can carry a request. An agent of Node.js forgets a socket that is still
 * connecting when its request ends: a proxy that never answers CONNECT would keep it, and so the process, alive.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import http from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";

export class Connecting {
  /** The sockets that belong to the exchange that is running. */
  private readonly exchange = new AsyncLocalStorage<Set<Duplex>>();
  private readonly exchanges = new Set<Set<Duplex>>();

  /** Runs one exchange; whatever is still connecting at its end is closed. */
  async during<T>(work: (isConnecting: () => boolean) => Promise<T>): Promise<T> {
    const sockets = new Set<Duplex>();
    this.exchanges.add(sockets);
    try {
      return await this.exchange.run(sockets, () => work(() => sockets.size > 0));
    } finally {
      this.exchanges.delete(sockets);
      destroyAll(sockets);
    }
  }

  /** Closes what is still connecting. */
  close(): void {
    for (const sockets of this.exchanges) destroyAll(sockets);
  }

  began(socket: Duplex | null | undefined): void {
    if (!socket) return;
    this.exchange.getStore()?.add(socket);
    socket.on("error", () => {}).once("close", () => this.ended(socket));
  }

  /** The socket can carry a request, or it is gone. */
  ended(socket: Duplex | null | undefined): void {
    if (!socket) return;
    for (const sockets of this.exchanges) sockets.delete(socket);
  }
}

export class HttpAgent extends http.Agent {
  private readonly connecting: Connecting;

  constructor(options: http.AgentOptions, connecting: Connecting) {
    super(options);
    this.connecting = connecting;
  }

  override createConnection(...args: Parameters<http.Agent["createConnection"]>): Duplex | null | undefined {
    const socket = super.createConnection(...args);
    this.connecting.began(socket);
    socket?.once("connect", () => this.connecting.ended(socket));
    return socket;
  }
}

export class HttpsAgent extends https.Agent {
  private readonly connecting: Connecting;

  constructor(options: https.AgentOptions, connecting: Connecting) {
    super(options);
    this.connecting = connecting;
  }

  /** The callback is called for a tunnel only: when it is there, with TLS inside, or when it failed. */
  override createConnection(...[options, callback]: Parameters<https.Agent["createConnection"]>) {
    const socket = super.createConnection(options, (error, tunnel) => {
      this.connecting.ended(socket);
      callback?.(error, tunnel);
    });
    this.connecting.began(socket);
    socket?.once("secureConnect", () => this.connecting.ended(socket));
    return socket;
  }
}

function destroyAll(sockets: ReadonlySet<Duplex>): void {
  for (const socket of sockets) socket.destroy(new Error("closed before it was connected"));
}
