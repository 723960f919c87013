/** Where a collector is and how it is reached. */

import type { Pulse } from "../../core/pulse.ts";

export interface TlsSettings {
  /** CA certificates in PEM that replace the system's. */
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Name that is asked for and verified, where it is not `host`. */
  readonly serverName?: string | undefined;
  readonly insecureSkipVerify: boolean;
  /** False: a session may end without close_notify. Absent: true, where the end of a session proves anything. */
  readonly requireCloseNotify?: boolean | undefined;
}

export interface Collector {
  readonly host: string;
  readonly port: number;
  /** Absent: plain TCP. */
  readonly tls?: TlsSettings;
  /** For the name, the connection and the TLS handshake together. */
  readonly connectTimeoutMs: number;
  /** How long a connection may make no progress. */
  readonly stallTimeoutMs: number;
  /** Told of every wait for the collector how long it may take. */
  readonly pulse?: Pulse | undefined;
}

/** The collector as messages name it. */
export function addressOf({ host, port }: Pick<Collector, "host" | "port">): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
