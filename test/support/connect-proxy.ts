/** An HTTP proxy for CONNECT that leads every tunnel to one port of loopback, or misbehaves. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { connect, type Socket } from "node:net";

/** refuse: answers with that status. hang: never answers. close: ends the connection. */
export type TunnelMode = { readonly leadTo: number } | { readonly refuse: number } | "hang" | "close";

export class ConnectProxy {
  /** What each CONNECT asked for. */
  readonly targets: string[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  private readonly server = createServer();
  private readonly sockets = new Set<Socket>();

  constructor(mode: TunnelMode) {
    this.server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.on("error", () => {}).on("close", () => this.sockets.delete(socket));
    });
    this.server.on("connect", (request, client: Socket) => {
      this.targets.push(request.url ?? "");
      this.headers.push(request.headers);
      if (mode === "hang") {
        client.resume().on("end", () => client.destroy());
        return;
      }
      if (mode === "close") client.destroy();
      else if ("refuse" in mode) client.end(`HTTP/1.1 ${mode.refuse} Refused\r\ncontent-length: 0\r\n\r\n`);
      else this.tunnel(client, mode.leadTo);
    });
  }

  /** Connections that are open now. */
  get open(): number {
    return this.sockets.size;
  }

  get url(): string {
    const address = this.server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy does not listen");
    return `http://proxy-user:canary-proxy-password@127.0.0.1:${address.port}`;
  }

  async start(): Promise<this> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return this;
  }

  async stop(): Promise<void> {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await once(this.server, "close");
  }

  private tunnel(client: Socket, port: number): void {
    const upstream = connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      client.pipe(upstream).pipe(client);
    });
    this.sockets.add(upstream);
    for (const socket of [client, upstream]) {
      socket.on("error", () => {
        client.destroy();
        upstream.destroy();
      });
    }
  }
}
