/**
 * One HTTP exchange with Microsoft, told as a value: what came back, or why nothing did. It must not know tokens, Graph
 * or budgets. No error of the HTTP library leaves this module, because each carries the request with its secrets.
 *
 * Division of work: only attempts that never reached the other side (no address, no connection) are repeated here, by
 * axios-retry. Whatever may have reached Graph counts against its budget, so repeating it is the business of the caller,
 * who waits for a new turn first.
 */
import type { Agent as PlainAgent } from "node:http";
import type { Agent as SecureAgent } from "node:https";
import axiosRetry from "axios-retry";
import { gunzip, MOST_UNPACKED_BYTES } from "../core/gunzip.ts";
import { untilAborted } from "./abortable.ts";
import { Connecting, HttpAgent, HttpsAgent } from "./connecting.ts";
import { type AxiosError, type AxiosInstance, type AxiosResponse, create, isAxiosError } from "./packages.ts";
import { proxyEnvironment } from "./proxy.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** From the call to the last byte of the answer, connecting and its retries included. */
  readonly deadlineMs: number;
}

/** An answer of any status, decompressed. */
export interface Answer {
  readonly kind: "answer";
  readonly status: number;
  readonly body: Buffer;
  /** The body as it came, where that was packed. */
  readonly gzip?: Buffer;
  readonly header: (name: string) => string | undefined;
  /** When its last byte came, in milliseconds of the monotonic clock. */
  readonly receivedAt: number;
}

/**
 * unreachable: no connection, within the deadline either. broken: it ended without an answer. truncated: it ended within the answer. untrusted: the
 * other side's certificate does not verify. proxy: the proxy refused the tunnel with `status`.
 */
export type FailureReason = "unreachable" | "broken" | "truncated" | "too large" | "deadline" | "untrusted" | "proxy";

export interface Failure {
  readonly kind: "failure";
  readonly reason: FailureReason;
  /** An error code or a few words; carries no secret. */
  readonly detail: string;
  readonly status?: number;
}

export type Outcome = Answer | Failure;

export interface HttpOptions {
  readonly version: string;
  /** Where HTTPS_PROXY and NO_PROXY are read. */
  readonly environment: NodeJS.ProcessEnv;
  /** PEM of the CA to trust instead of the system's. */
  readonly ca?: string;
  /** Waited for before an answer as large as a page is unpacked. */
  readonly turn?: () => Promise<void>;
}

/** Sockets idle for longer are closed before a front end does it in the middle of our next request. */
const IDLE_SOCKET_MS = 30_000;
const CONNECT_RETRIES = 3;
/** Packed, some fifty records: what is smaller is taken in at once. */
const PAGE_BYTES = 16_384;
/** Leaves a byte order mark out. */
const UTF8 = new TextDecoder();
const NEVER_REACHED: readonly string[] = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH"];

export class HttpClient {
  private readonly axios: AxiosInstance;
  private readonly agents: readonly [PlainAgent, SecureAgent];
  private readonly connecting = new Connecting();
  private readonly turn: () => Promise<void>;

  /** Throws ConfigError for a proxy that is no URL. */
  constructor({ version, environment, ca, turn = async () => {} }: HttpOptions) {
    this.turn = turn;
    const pool = { keepAlive: true, timeout: IDLE_SOCKET_MS };
    // An agent with proxyEnv keeps its tunnels alive and tells axios to leave the environment alone. Plain HTTP is for
    // loopback only and knows no proxy.
    const httpAgent = new HttpAgent({ ...pool, proxyEnv: {} }, this.connecting);
    const proxyEnv = proxyEnvironment(environment);
    const httpsAgent = new HttpsAgent({ ...pool, proxyEnv, ...(ca === undefined ? {} : { ca }) }, this.connecting);
    this.agents = [httpAgent, httpsAgent];
    this.axios = createAxios(httpAgent, httpsAgent, version);
  }

  /** Sends one request. Throws only the signal's reason. */
  async send(request: HttpRequest, signal: AbortSignal): Promise<Outcome> {
    signal.throwIfAborted();
    return this.connecting.during((isConnecting) => this.exchange(request, signal, isConnecting));
  }

  private async exchange(
    { deadlineMs, body, ...request }: HttpRequest,
    signal: AbortSignal,
    isConnecting: () => boolean,
  ): Promise<Outcome> {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
    try {
      const response = await this.axios.request<Buffer>({ ...request, data: body, signal: deadline });
      return await this.taken(response, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isAxiosError(error)) throw error;
      if (deadline.aborted && isConnecting()) return failure("unreachable", `no connection within ${deadlineMs} ms`);
      if (deadline.aborted) return failure("deadline", `no complete answer within ${deadlineMs} ms`);
      return outcomeOf(error);
    }
  }

  /** A packed page is a tenth of it: what has to wait is not unpacked yet. */
  private async taken({ status, headers, data }: AxiosResponse<Buffer>, signal: AbortSignal): Promise<Outcome> {
    const receivedAt = performance.now();
    if (headers["content-encoding"] !== "gzip") return answerOf({ status, headers, body: data, receivedAt });
    if (data.length >= PAGE_BYTES) await untilAborted(this.turn(), signal);
    const body = unpacked(data);
    return Buffer.isBuffer(body) ? answerOf({ status, headers, body, gzip: data, receivedAt }) : body;
  }

  /** Closes every connection; requests in flight fail. */
  close(): void {
    this.connecting.close();
    for (const agent of this.agents) agent.destroy();
  }
}

/** The body as JSON, parsed anew at each call; undefined where it is none. */
export function jsonOf({ body }: Pick<Answer, "body">): unknown {
  try {
    return JSON.parse(UTF8.decode(body));
  } catch {
    return undefined;
  }
}

/** Whether Microsoft itself answers: a proxy, a gateway or a captive portal does not do it with a JSON object. */
export function isOfMicrosoft(outcome: Outcome): outcome is Answer {
  return outcome.kind === "answer" && outcome.status !== 407 && /^\s*\{/.test(outcome.body.toString("latin1", 0, 16));
}

function createAxios(httpAgent: PlainAgent, httpsAgent: SecureAgent, version: string): AxiosInstance {
  const instance = create({
    httpAgent,
    httpsAgent,
    headers: { "user-agent": `entra-risk-forwarder/${version}`, "accept-encoding": "gzip", accept: "application/json" },
    // The bytes themselves: pages go into the event log as Graph sent them.
    responseType: "arraybuffer",
    decompress: false,
    maxContentLength: MOST_UNPACKED_BYTES,
    maxRedirects: 0,
    validateStatus: () => true,
  });
  axiosRetry(instance, {
    retries: CONNECT_RETRIES,
    shouldResetTimeout: true,
    retryCondition: ({ code }) => NEVER_REACHED.includes(code ?? ""),
    retryDelay: (attempt) => Math.random() * 250 * 2 ** attempt,
  });
  return instance;
}

function outcomeOf(error: AxiosError): Outcome {
  const { response, cause, code = "unknown" } = error;
  if (error.message.startsWith("maxContentLength")) return tooLarge();
  if (code === "ERR_PROXY_TUNNEL") return tunnelFailure(cause);
  if (NEVER_REACHED.includes(code)) return failure("unreachable", code);
  if (/CERT|SIGNATURE/.test(code)) return failure("untrusted", code);
  return failure(response ? "truncated" : "broken", code);
}

function tunnelFailure(cause: unknown): Failure {
  const status = cause instanceof Error && "statusCode" in cause ? Number(cause.statusCode) : 0;
  if (status === 0) return failure("unreachable", "no tunnel through the proxy");
  return { ...failure("proxy", `the proxy answered ${status}`), status };
}

function failure(reason: FailureReason, detail: string): Failure {
  return { kind: "failure", reason, detail };
}

function unpacked(body: Buffer): Buffer | Failure {
  try {
    return gunzip(body);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    return code === "ERR_BUFFER_TOO_LARGE" ? tooLarge() : failure("truncated", code);
  }
}

function tooLarge(): Failure {
  return failure("too large", `more than ${MOST_UNPACKED_BYTES} bytes`);
}

interface Received extends Omit<Answer, "kind" | "header"> {
  readonly headers: Readonly<Record<string, unknown>>;
}

function answerOf({ headers, ...received }: Received): Answer {
  const header = (name: string) => {
    const value = headers[name];
    return typeof value === "string" ? value : undefined;
  };
  return { kind: "answer", header, ...received };
}
