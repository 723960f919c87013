/** The configuration keys of a syslog sink. An error text says what was expected. */
import { z } from "zod";
import { tls as anyTls, checkTls, collectorShape, host, port } from "../wire/schema.ts";
import { STREAM_FRAMINGS } from "./framing.ts";
import { FACILITIES, HEADER_STYLES } from "./header.ts";

/** Below that, a long host name in the header would leave no room for what identifies an event. */
const LEAST_BYTES = 1_024;
const messageBytes = "a number of bytes from 1024 to 65536";

/** The keys of whatever sends syslog messages. */
export const messageShape = {
  header: z.enum(HEADER_STYLES).default("rfc5424").describe("Header in front of the message; rfc3164 has no year."),
  facility: z.enum(FACILITIES).default("local0").describe("Facility in the header's priority."),
  hostname: host("a host name or an address").optional().describe("HOSTNAME in the header; default: this host's."),
  maxMessageBytes: z
    .int({ error: messageBytes })
    .min(LEAST_BYTES, { error: messageBytes })
    .max(65_536, { error: messageBytes })
    .default(8_000)
    .describe("Largest frame with header and framing. rsyslog takes 8192 by default and splits what is longer."),
};

const tls = anyTls.extend({
  requireCloseNotify: z
    .boolean()
    .default(true)
    .describe(
      "Whether the collector must end a TLS session by close_notify for a batch to count as read. rsyslog's gtls driver sends none; with `false` an attacker on the way could end sessions unnoticed. Warned of at every start.",
    ),
});

export const syslogShape = {
  type: z.literal("syslog").describe("Syslog over TLS, TCP or UDP."),
  transport: z.enum(["tls", "tcp", "udp"]).default("tls").describe("Transport; udp and tcp are not encrypted."),
  ...collectorShape,
  port: port("6514 for tls, 514 for tcp and udp"),
  ...messageShape,
  framing: z
    .enum(STREAM_FRAMINGS)
    .optional()
    .describe("How messages are told apart on tls and tcp; default: octet-counting (RFC 5425, RFC 6587)."),
  persistent: z
    .boolean()
    .default(false)
    .describe("One long connection instead of one per batch; the guarantee falls to best-effort."),
  tls: tls.optional().describe("Settings of transport tls."),
};

const syslogSchema = z.strictObject(syslogShape);

export type SyslogConfig = z.output<typeof syslogSchema>;

/** A UDP datagram holds 65,507 bytes over IPv4, less where a tunnel takes its share. */
const MAX_DATAGRAM = 60_000;

/** Keys that the transport has no use for are errors: the operator expects something of them. */
export function checkSyslog(config: SyslogConfig, context: z.RefinementCtx): void {
  const { transport, framing, persistent, maxMessageBytes } = config;
  const report = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
  if (config.tls && transport !== "tls")
    report(["tls"], `transport: tls with this key, or no tls key (transport is ${transport})`);
  checkTls(config.tls, context);
  if (transport !== "udp") return;
  if (framing) report(["framing"], "no such key: over udp each message is a datagram");
  if (persistent) report(["persistent"], "no such key: udp has no connections");
  if (maxMessageBytes > MAX_DATAGRAM)
    report(["maxMessageBytes"], `at most ${MAX_DATAGRAM}, for a datagram holds no more`);
}
