/**
 * The syslog header in front of a message's text: RFC 5424, or RFC 3164 for collectors that know nothing newer. Pure.
 *
 * There is no byte order mark, although RFC 5424 asks for one: rsyslog keeps it in the message, and CEF parsers then
 * do not find `CEF:` at its start.
 */
import { isIP } from "node:net";
import type { Message, MessageSource } from "../../core/event.ts";

export const HEADER_STYLES = ["rfc5424", "rfc3164"] as const;
export type HeaderStyle = (typeof HEADER_STYLES)[number];

/** Names of the facilities; the place in the list is the code (RFC 5424 section 6.2.1). */
export const FACILITIES = [
  "kern",
  "user",
  "mail",
  "daemon",
  "auth",
  "syslog",
  "lpr",
  "news",
  "uucp",
  "cron",
  "authpriv",
  "ftp",
  "ntp",
  "audit",
  "alert",
  "clock",
  "local0",
  "local1",
  "local2",
  "local3",
  "local4",
  "local5",
  "local6",
  "local7",
] as const;
type Facility = (typeof FACILITIES)[number];

/** Who sends: the part of the header that is the same for every message. */
export interface Sender {
  readonly facility: Facility;
  readonly hostname: string;
  readonly processId: number;
}

const APP_NAME = "entra-risk-forwarder";
const INFORMATIONAL = 6;
const MSGIDS: Readonly<Record<MessageSource, string>> = {
  signIns: "signIn",
  riskDetections: "riskDetection",
  riskyUsers: "riskyUser",
  forwarder: "forwarder",
};
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Both RFCs have room for four digits of a year. */
const EARLIEST = Date.parse("0000-01-01T00:00:00.000Z");
const LATEST = Date.parse("9999-12-31T23:59:59.999Z");

/** What a header tells of a message. */
type Headed = Pick<Message, "source" | "time">;

/** Writes the headers of a sender, each with the space that ends it; its time is the event's, in UTC. */
export function syslogHeaders(style: HeaderStyle, sender: Sender): (message: Headed) => string {
  const priority = `<${FACILITIES.indexOf(sender.facility) * 8 + INFORMATIONAL}>`;
  const host = printable(sender.hostname, 255);
  if (style === "rfc3164") {
    const name = shortName(host);
    return ({ time }) => `${priority}${oldTimestamp(dateOf(time))} ${name} `;
  }
  const origin = `${host} ${APP_NAME} ${sender.processId}`;
  const timestamp = repeated((time) => dateOf(time).toISOString());
  return ({ source, time }) => `${priority}1 ${timestamp(time)} ${origin} ${MSGIDS[source]} - `;
}

/** Events that follow each other are often of the same second: what is written of it is kept for the next. */
function repeated(write: (time: number) => string): (time: number) => string {
  let latest: { readonly time: number; readonly text: string } | undefined;
  return (time) => {
    if (latest?.time !== time) latest = { time, text: write(time) };
    return latest.text;
  };
}

/** Bytes of the longest header that a sender's messages can have. */
export function longestHeader(style: HeaderStyle, sender: Sender): number {
  const headerOf = syslogHeaders(style, sender);
  const lengths = Object.keys(MSGIDS)
    .filter(isSource)
    .map((source) => headerOf({ source, time: 0 }).length);
  return Math.max(...lengths);
}

function isSource(key: string): key is MessageSource {
  return key in MSGIDS;
}

function dateOf(time: number): Date {
  return new Date(Math.min(Math.max(time, EARLIEST), LATEST));
}

/** `Oct  4 06:53:24`: no year, no zone, the day padded with a space. */
function oldTimestamp(date: Date): string {
  const day = String(date.getUTCDate()).padStart(2);
  return `${MONTHS[date.getUTCMonth()]} ${day} ${date.toISOString().slice(11, 19)}`;
}

/** RFC 3164 wants the host without its domain; an address stays whole. */
function shortName(host: string): string {
  return isIP(host) === 0 ? (host.split(".")[0] ?? host) : host;
}

/** Header fields are printable ASCII without spaces; an empty one is `-`. */
function printable(value: string, maxLength: number): string {
  return value.replaceAll(/[^\x21-\x7e]/g, "").slice(0, maxLength) || "-";
}
