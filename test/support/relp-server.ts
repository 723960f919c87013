/** A RELP server inside the test process that answers as a test scripts it and keeps count. */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { type Frame, FrameReader } from "../../src/sinks/relp/frames.ts";

const OFFERS = "200 OK\nrelp_version=0\nrelp_software=test\ncommands=syslog";

/** What is written in answer to a frame; undefined: nothing yet. */
export type RelpScript = (frame: Frame, socket: Socket) => string | undefined;

export class RelpServer {
  /** Every frame, in order of arrival. */
  readonly frames: Frame[] = [];
  sessions = 0;
  private readonly script: RelpScript;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor(script: RelpScript) {
    this.script = script;
    this.server = createServer((socket) => this.accept(socket));
  }

  async start(): Promise<number> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    const address = this.server.address();
    if (address === null || typeof address === "string") throw new Error("the server does not listen");
    return address.port;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await once(this.server.close(), "close");
  }

  private accept(socket: Socket): void {
    this.sessions += 1;
    this.sockets.add(socket);
    const reader = new FrameReader();
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes: Buffer) => {
      for (const frame of reader.push(bytes)) {
        this.frames.push(frame);
        const answer = this.script(frame, socket);
        if (answer !== undefined && socket.writable) socket.write(answer);
      }
    });
  }
}

/** `TXNR rsp LEN DATA`. */
export function rsp({ transaction }: Frame, data: string): string {
  return `${transaction} rsp ${Buffer.byteLength(data)} ${data}\n`;
}

/** What every well-behaved collector answers. */
export function agreeable(frame: Frame): string {
  if (frame.command === "open") return rsp(frame, OFFERS);
  return frame.command === "close" ? `${frame.transaction} rsp 0\n0 serverclose 0\n` : rsp(frame, "200 OK");
}
