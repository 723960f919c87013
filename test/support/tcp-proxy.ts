/** A TCP proxy that misbehaves on demand, on the connections it has as well as on new ones. */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * pass: as it should be. swallow: takes everything, passes nothing on and never closes. stall: reads nothing.
 * reset: passes half of a chunk on and breaks both sides. slow: one byte a second.
 */
export type ProxyMode = "pass" | "swallow" | "stall" | "reset" | "slow";

const SLOW_MS = 1_000;

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
}

export class TcpProxy {
  port = 0;
  private targetPort: number;
  private readonly server: Server;
  private readonly pairs = new Set<Pair>();
  private mode: ProxyMode = "pass";

  constructor(targetPort: number) {
    this.targetPort = targetPort;
    this.server = createServer({ allowHalfOpen: true }, (client) => this.accept(client));
  }

  async start(): Promise<void> {
    this.server.listen(this.port, "127.0.0.1");
    await once(this.server, "listening");
    const address = this.server.address();
    if (typeof address === "object" && address !== null) this.port = address.port;
  }

  /** Back to `pass`, connections that were tampered with are broken; otherwise the mode holds from the next byte on. */
  behave(mode: ProxyMode): void {
    if (mode === "pass") this.breakAll();
    this.mode = mode;
    for (const { client } of this.pairs) if (mode === "stall") client.pause();
  }

  /** New connections go to another port. */
  leadTo(targetPort: number): void {
    this.targetPort = targetPort;
  }

  async stop(): Promise<void> {
    this.breakAll();
    this.server.close();
    await once(this.server, "close");
  }

  private accept(client: Socket): void {
    const upstream = connect({ port: this.targetPort, host: "127.0.0.1", allowHalfOpen: true });
    const pair = { client, upstream };
    this.pairs.add(pair);
    client.on("data", (chunk: Buffer) => this.forward(pair, chunk));
    client.on("end", () => {
      if (this.mode === "pass") upstream.end();
    });
    upstream.on("data", (chunk: Buffer) => client.write(chunk));
    upstream.on("end", () => client.end());
    for (const socket of [client, upstream]) {
      socket.on("error", () => this.break(pair));
      socket.on("close", () => this.pairs.delete(pair));
    }
    if (this.mode === "stall") client.pause();
  }

  private forward(pair: Pair, chunk: Buffer): void {
    const { client, upstream } = pair;
    if (this.mode === "pass") upstream.write(chunk);
    if (this.mode === "slow") {
      upstream.write(chunk.subarray(0, 1));
      client.pause();
      if (chunk.length > 1) client.unshift(chunk.subarray(1));
      setTimeout(() => client.resume(), SLOW_MS).unref();
    }
    if (this.mode === "reset") {
      upstream.write(chunk.subarray(0, chunk.length / 2), () => this.break(pair));
    }
  }

  private breakAll(): void {
    for (const pair of this.pairs) this.break(pair);
  }

  private break({ client, upstream }: Pair): void {
    client.resetAndDestroy();
    upstream.destroy();
  }
}
