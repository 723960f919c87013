/**
 * Health, metrics and status over HTTP, on loopback by default. Read-only: no request changes anything, and what a page
 * shows comes from this address alone.
 */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { ConfigError, ForwarderError, messageOf } from "../core/errors.ts";
import type { Exposition } from "./exposition.ts";
import { isForeignHost } from "./foreign-host.ts";
import type { LiveStatus } from "./live-status.ts";
import { PAGE_FILES, readPageFile } from "./page-files.ts";

export interface HttpParts {
  /** `host:port`, the host of an IPv6 address in brackets. */
  readonly listen: string;
  readonly exposition: Exposition;
  readonly isReady: () => boolean;
  readonly live: Pick<LiveStatus, "report" | "history">;
}

/** What is at a path. Whatever it throws is answered with 503. */
type Answer = (response: ServerResponse, headers: IncomingHttpHeaders) => Promise<void> | void;

/** Probes come by any name; whoever reads more must have asked for this host. */
const PROBES = ["/livez", "/readyz"];

const HEADERS = new Map([
  [
    "content-security-policy",
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  ],
  ["x-content-type-options", "nosniff"],
  ["x-frame-options", "DENY"],
  ["referrer-policy", "no-referrer"],
  ["cross-origin-resource-policy", "same-origin"],
  ["cache-control", "no-store"],
]);

export class HttpEndpoint {
  private readonly parts: HttpParts;
  private readonly server: Server;
  private readonly answers: ReadonlyMap<string, Answer>;

  constructor(parts: HttpParts) {
    this.parts = parts;
    this.server = createServer((request, response) => {
      void this.answer(request, response);
    });
    this.answers = new Map<string, Answer>([
      ["/livez", (response) => end(response, 200, "ok\n")],
      ["/readyz", (response) => (parts.isReady() ? end(response, 200, "ok\n") : end(response, 503, "not ready\n"))],
      ["/metrics", (response, headers) => this.answerMetrics(response, headers)],
      ["/status", async (response) => endJson(response, await parts.live.report())],
      ["/status/history", (response) => endJson(response, parts.live.history())],
      ...[...PAGE_FILES.keys()].map((path): [string, Answer] => [path, (response) => endPageFile(response, path)]),
    ]);
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

  private async answerMetrics(response: ServerResponse, headers: IncomingHttpHeaders): Promise<void> {
    const { exposition } = this.parts;
    const { plain, gzip } = await exposition.text();
    response.setHeader("content-type", exposition.contentType).setHeader("vary", "accept-encoding");
    if (!takesGzip(headers)) return end(response, 200, plain);
    response.setHeader("content-encoding", "gzip");
    end(response, 200, gzip);
  }

  /** Without the state, an error: figures of another moment would be taken for the present. */
  private async answer({ method, url = "", headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = ""] = url.split("?");
    response.setHeaders(HEADERS);
    if (method !== "GET" && method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      return end(response, 405, "method not allowed\n");
    }
    if (!PROBES.includes(path) && isForeignHost(this.parts.listen, headers.host)) return end(response, 403, FOREIGN);
    const answer = this.answers.get(path);
    if (answer === undefined) return end(response, 404, "not found\n");
    try {
      await answer(response, headers);
    } catch (error) {
      const code = error instanceof ForwarderError ? `${error.code} ` : "";
      end(response, 503, `${code}${messageOf(error)}\n`);
    }
  }
}

const FOREIGN = "http.listen is a loopback address: ask for it as localhost or by its number\n";

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

/** Whoever weighs the encodings against each other (RFC 9110 section 12.5.3) gets the plain text, which is always good. */
function takesGzip({ "accept-encoding": accepted = "" }: IncomingHttpHeaders): boolean {
  return accepted.split(",").some((coding) => coding.trim() === "gzip");
}

async function endPageFile(response: ServerResponse, path: string): Promise<void> {
  const { type, content } = await readPageFile(path);
  response.setHeader("content-type", type);
  end(response, 200, content);
}

function endJson(response: ServerResponse, content: object): void {
  response.setHeader("content-type", "application/json; charset=utf-8");
  end(response, 200, `${JSON.stringify(content)}\n`);
}

function end(response: ServerResponse, status: number, body: string | Buffer): void {
  response.statusCode = status;
  if (!response.hasHeader("content-type")) response.setHeader("content-type", "text/plain; charset=utf-8");
  response.end(body);
}

function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(address.slice(colon + 1)) };
}
