/** Looks at a collector's TLS without sending anything. */
import type { Collector } from "./collector.ts";
import { Connection } from "./connection.ts";
import type { TlsFacts } from "./tls.ts";

/** How long the goodbye may take. */
const GOODBYE_MS = 1_000;

/** Undefined where the collector is not reached by TLS. Throws like `Connection.open`. */
export async function inspectTls(collector: Collector, signal: AbortSignal): Promise<TlsFacts | undefined> {
  if (collector.tls === undefined) return undefined;
  const connection = new Connection(collector);
  await connection.open(signal);
  const facts = connection.tls;
  await connection.end(GOODBYE_MS);
  return facts;
}
