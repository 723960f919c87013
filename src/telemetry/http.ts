/** Health and metrics over HTTP: read-only, on loopback by default. */
import { createServer, type Server, type ServerResponse } from "node:http";
import { ConfigError, messageOf } from "../core/errors.ts";
import type { Exposition } from "./exposition.ts";

export interface HttpParts {
  /** `host:port`, the host of an IPv6 address in brackets. */
  readonly listen: string;
  readonly exposition: Exposition;
  readonly isReady: () => boolean;
}

export class HttpEndpoint {
  private readonly parts: HttpParts;
  private readonly server: Server;

  constructor(parts: HttpParts) {
    this.parts = parts;
    this.server = createServer((request, response) => {
      void this.answer(request.method ?? "", request.url ?? "", response);
    });
  }

  /** Throws ConfigError when the address is not available. */
  async start(): Promise<void> {
    await listenOn(this.server, this.parts.listen);
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  /** Without the state, an error: figures of another moment would be taken for the present. */
  private async answerMetrics(response: ServerResponse): Promise<void> {
    const { exposition } = this.parts;
    try {
      const text = await exposition.text();
      response.setHeader("content-type", exposition.contentType);
      return end(response, 200, text);
    } catch (error) {
      return end(response, 503, `${messageOf(error)}\n`);
    }
  }

  private async answer(method: string, url: string, response: ServerResponse): Promise<void> {
    if (method !== "GET" && method !== "HEAD") return end(response, 405, "method not allowed\n");
    const [path] = url.split("?");
    if (path === "/livez") return end(response, 200, "ok\n");
    if (path === "/readyz")
      return this.parts.isReady() ? end(response, 200, "ok\n") : end(response, 503, "not ready\n");
    if (path !== "/metrics") return end(response, 404, "not found\n");
    return this.answerMetrics(response);
  }
}

/** Throws ConfigError when the address is not available now. */
export async function requireAddress(listen: string): Promise<void> {
  const server = createServer();
  await listenOn(server, listen);
  await new Promise((resolve) => server.close(resolve));
}

async function listenOn(server: Server, listen: string): Promise<void> {
  const listening = Promise.withResolvers<void>();
  server.on("error", listening.reject);
  server.listen(splitAddress(listen), listening.resolve);
  try {
    await listening.promise;
  } catch (error) {
    const found = `http.listen: ${listen} is not available (${messageOf(error)})`;
    throw new ConfigError("ERF1005", `${found}. Choose an address of this host and a free port.`, error);
  }
}

function end(response: ServerResponse, status: number, body: string): void {
  response.statusCode = status;
  response.end(body);
}

function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(address.slice(colon + 1)) };
}
