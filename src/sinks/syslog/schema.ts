/** The configuration keys of a syslog sink. An error text says what was expected. */
import { z } from "zod";
import { duration } from "../../config/values.ts";
import { STREAM_FRAMINGS } from "./framing.ts";
import { FACILITIES, HEADER_STYLES } from "./header.ts";

const file = (what: string) =>
  z
    .string({ error: `a path: ${what}` })
    .min(1)
    .optional()
    .describe(what);

const host = (error: string) => z.string({ error }).regex(/^[A-Za-z0-9._:-]{1,253}$/, { error });

const messageBytes = "a number of bytes from 480 to 65536";

const tls = z.strictObject({
  caFile: file("CA certificates in PEM that sign the collector's certificate; default: those Node.js trusts."),
  certFile: file("Our client certificate in PEM, with its chain if any; read again for each connection."),
  keyFile: file("Private key of the client certificate in PEM, not encrypted."),
  serverName: host("a host name or an address")
    .optional()
    .describe("Name that the collector's certificate must have; default: host."),
  insecureSkipVerify: z
    .boolean()
    .default(false)
    .describe("Accepts any certificate, and so any impostor. Warned of at every start."),
});

export const syslogShape = {
  type: z.literal("syslog").describe("Syslog over TLS, TCP or UDP."),
  transport: z.enum(["tls", "tcp", "udp"]).default("tls").describe("Transport; udp and tcp are not encrypted."),
  host: host("a host name or an address of the collector").describe("Host name or address of the collector."),
  port: z
    .int({ error: "a port from 1 to 65535" })
    .min(1, { error: "a port from 1 to 65535" })
    .max(65_535, { error: "a port from 1 to 65535" })
    .optional()
    .describe("Port of the collector; default: 6514 for tls, 514 for tcp and udp."),
  header: z.enum(HEADER_STYLES).default("rfc5424").describe("Header in front of the message; rfc3164 has no year."),
  framing: z
    .enum(STREAM_FRAMINGS)
    .optional()
    .describe("How messages are told apart on tls and tcp; default: octet-counting (RFC 5425, RFC 6587)."),
  facility: z.enum(FACILITIES).default("local0").describe("Facility in the header's priority."),
  hostname: host("a host name or an address").optional().describe("HOSTNAME in the header; default: this host's."),
  maxMessageBytes: z
    .int({ error: messageBytes })
    .min(480, { error: messageBytes })
    .max(65_536, { error: messageBytes })
    .default(8_000)
    .describe("Largest frame with header and framing. rsyslog takes 8192 by default and splits what is longer."),
  persistent: z
    .boolean()
    .default(false)
    .describe("One long connection instead of one per batch; the guarantee falls to best-effort."),
  tls: tls.optional().describe("Settings of transport tls."),
  connectTimeout: duration({ min: "100ms", max: "2m" })
    .default("10s")
    .describe("Limit for name, connection and TLS handshake together."),
  stallTimeout: duration({ min: "100ms", max: "10m" })
    .default("30s")
    .describe("How long a connection may make no progress."),
};

const syslogSchema = z.strictObject(syslogShape);

export type SyslogConfig = z.output<typeof syslogSchema>;

/** A UDP datagram holds 65,507 bytes over IPv4, less where a tunnel takes its share. */
const MAX_DATAGRAM = 60_000;

/** Keys that the transport has no use for are errors: the operator expects something of them. */
export function checkSyslog(config: SyslogConfig, context: z.RefinementCtx): void {
  const { transport, framing, persistent, maxMessageBytes } = config;
  const report = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
  if (config.tls && transport !== "tls") report(["tls"], `no such key, or transport: tls (it is ${transport})`);
  if (config.tls && (config.tls.certFile === undefined) !== (config.tls.keyFile === undefined)) {
    report(["tls"], "certFile together with keyFile, or neither");
  }
  if (transport !== "udp") return;
  if (framing) report(["framing"], "no such key: over udp each message is a datagram");
  if (persistent) report(["persistent"], "no such key: udp has no connections");
  if (maxMessageBytes > MAX_DATAGRAM)
    report(["maxMessageBytes"], `at most ${MAX_DATAGRAM}, for a datagram holds no more`);
}
