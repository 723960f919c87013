/** An HTTP or HTTPS server on loopback that answers as a test scripts it and remembers what it was asked. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";

export interface SeenRequest {
  readonly method: string;
  /** Path and query, byte for byte as they arrived. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Script = (request: SeenRequest, response: ServerResponse) => void;

/** PEM of a server certificate and its key. */
export interface ServerTls {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

export class ScriptedServer {
  readonly requests: SeenRequest[] = [];
  /** Connections taken so far. */
  connections = 0;
  private readonly server: Server;
  private readonly scheme: string;
  private script: Script;

  constructor(script: Script, tls?: ServerTls) {
    this.script = script;
    this.scheme = tls === undefined ? "http" : "https";
    this.server = tls === undefined ? createServer() : createHttpsServer(tls);
    this.server.on("connection", () => {
      this.connections += 1;
    });
    this.server.on("request", (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { method = "", url = "", headers } = request;
        const seen = { method, url, headers, body: Buffer.concat(chunks).toString("utf8") };
        this.requests.push(seen);
        this.script(seen, response);
      });
    });
  }

  get port(): number {
    const address = this.server.address();
    if (address === null || typeof address === "string") throw new Error("the server does not listen");
    return address.port;
  }

  get origin(): string {
    return `${this.scheme}://127.0.0.1:${this.port}`;
  }

  async start(): Promise<this> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return this;
  }

  /** Answers differently from now on. */
  follow(script: Script): void {
    this.script = script;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    if (this.server.listening) await once(this.server, "close");
  }
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
  response.end(JSON.stringify(body));
}

export function sendHtml(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-type": "text/html" });
  response.end(`<html><head><title>${status}</title></head><body><h2>Not available</h2></body></html>`);
}
