/** An HTTP or HTTPS listener on loopback that comes back on the same port. */
import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";

/** The origins of the two listeners, for example `http://127.0.0.1:41234`. */
export interface Origins {
  readonly login: string;
  readonly graph: string;
}

/** PEM of a server certificate and its key. */
export interface ListenerTls {
  readonly cert: string;
  readonly key: string;
}

/** Longer than any client keeps an idle connection, so that none is closed under a request. */
const KEEP_ALIVE_MS = 120_000;

export class Listener {
  private readonly onRequest: RequestListener;
  private readonly tls: ListenerTls | undefined;
  private server: Server | undefined;
  private port: number;

  constructor(onRequest: RequestListener, tls: ListenerTls | undefined, port = 0) {
    this.onRequest = onRequest;
    this.tls = tls;
    this.port = port;
  }

  /** Listens and answers the origin, for example `http://127.0.0.1:41234`. */
  async start(): Promise<string> {
    const server =
      this.tls === undefined ? createHttpServer(this.onRequest) : createHttpsServer(this.tls, this.onRequest);
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    const listening = Promise.withResolvers<void>();
    server.once("error", listening.reject);
    server.listen(this.port, "127.0.0.1", listening.resolve);
    await listening.promise;
    this.server = server;
    this.port = portOf(server.address());
    return `${this.tls === undefined ? "http" : "https"}://127.0.0.1:${this.port}`;
  }

  /** Closes the listener and every connection. Safe to call twice. */
  async stop(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    server.closeAllConnections();
    await closed.promise;
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("the listener has no port");
  return address.port;
}
