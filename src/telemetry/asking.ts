/** Asks the daemon's own address for health, as something outside of it would. Knows nothing of what the answers mean. */
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** The address at which this host reaches a daemon that listens at `listen`: one that takes all takes loopback too. */
export function reachable(listen: string): URL {
  const url = new URL(`http://${listen}`);
  if (url.hostname === "0.0.0.0") url.hostname = "127.0.0.1";
  if (url.hostname === "[::]") url.hostname = "[::1]";
  return url;
}

/** Throws when there is no whole answer before the signal. No proxy is asked, whatever the environment says. */
export async function ask(url: URL, signal: AbortSignal): Promise<Answer> {
  const asked = request(url, { agent: false, signal }).end();
  const [response]: IncomingMessage[] = await once(asked, "response");
  if (response === undefined) throw new Error("no answer");
  return { status: response.statusCode ?? 0, body: await text(response) };
}
