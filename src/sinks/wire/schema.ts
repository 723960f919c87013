/** The configuration keys of whatever sends to a collector: where it is and how it is reached. */
import { isIPv6 } from "node:net";
import { z } from "zod";
import { duration } from "../../config/values.ts";

const file = (what: string) =>
  z
    .string({ error: `a path: ${what}` })
    .min(1)
    .optional()
    .describe(what);

/** A colon belongs to an IPv6 address alone. */
export const host = (error: string) =>
  z
    .string({ error })
    .regex(/^[A-Za-z0-9._:%-]{1,253}$/, { error, abort: true })
    .refine((text) => /^[\w.-]+$/.test(text) || isIPv6(text), { error });

const A_PORT = "a port from 1 to 65535";

/** `description` names the default. */
export const port = (description: string) =>
  z
    .int({ error: A_PORT })
    .min(1, { error: A_PORT })
    .max(65_535, { error: A_PORT })
    .optional()
    .describe(`Port of the collector; default: ${description}.`);

export const tls = z.strictObject({
  caFile: file("CA certificates in PEM that sign the collector's certificate; default: those Node.js trusts."),
  certFile: file("Our client certificate in PEM, with its chain if any; read again for each connection."),
  keyFile: file("Private key of the client certificate in PEM, not encrypted."),
  serverName: host("a host name or an address, without a port")
    .optional()
    .describe("Name that the collector's certificate must have; default: host."),
  insecureSkipVerify: z
    .boolean()
    .default(false)
    .describe("Accepts any certificate, and so any impostor. Warned of at every start."),
});

export const collectorShape = {
  host: host("a host name or an address of the collector, without a port").describe(
    "Host name or address of the collector.",
  ),
  connectTimeout: duration({ min: "100ms", max: "2m" })
    .default("10s")
    .describe("Limit for name, connection and TLS handshake together."),
  stallTimeout: duration({ min: "100ms", max: "10m" })
    .default("30s")
    .describe("How long a connection may make no progress."),
};

/** A certificate without its key, or the other way round, is of no use. */
export function checkTls(settings: z.output<typeof tls> | undefined, context: z.RefinementCtx): void {
  if (settings === undefined || (settings.certFile === undefined) === (settings.keyFile === undefined)) return;
  context.addIssue({ code: "custom", path: ["tls"], message: "certFile together with keyFile, or neither" });
}
