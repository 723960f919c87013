/**
 * A man in the middle of a TLS 1.3 connection without a key: passes the handshake on, drops every record that the
 * client sends after it, and answers the client's end with an end of its own.
 */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

const RECORD_HEADER = 5;
/** Encrypted records, of which the client's first is the end of its handshake. */
const APPLICATION_DATA = 23;

export class TlsCutter {
  port = 0;
  /** Bytes that were dropped. */
  dropped = 0;
  private readonly targetPort: number;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor(targetPort: number) {
    this.targetPort = targetPort;
    this.server = createServer({ allowHalfOpen: true }, (client) => this.accept(client));
  }

  async start(): Promise<void> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    const address = this.server.address();
    if (typeof address === "object" && address !== null) this.port = address.port;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await once(this.server.close(), "close");
  }

  private accept(client: Socket): void {
    const upstream = connect({ port: this.targetPort, host: "127.0.0.1", allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      this.sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => this.sockets.delete(socket));
    }
    let rest: Buffer = Buffer.alloc(0);
    let isHandshakeOver = false;
    client.on("data", (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (let size = recordSize(rest); size <= rest.length; size = recordSize(rest)) {
        const record = rest.subarray(0, size);
        rest = rest.subarray(size);
        if (isHandshakeOver) this.dropped += size;
        else upstream.write(record);
        if (record[0] === APPLICATION_DATA) isHandshakeOver = true;
      }
    });
    client.on("end", () => client.end());
    upstream.on("data", (chunk: Buffer) => client.write(chunk));
    upstream.resume();
  }
}

/** Bytes of the first record; infinite while its header is not there. */
function recordSize(bytes: Buffer): number {
  return bytes.length < RECORD_HEADER ? Number.POSITIVE_INFINITY : RECORD_HEADER + bytes.readUInt16BE(3);
}
