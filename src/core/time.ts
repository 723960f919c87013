/**
 * Graph timestamps. They carry 0 to 7 fractional digits with trailing zeros trimmed, sometimes `+00:00`, an unpadded
 * hour or a stray character behind them (all seen in real records). They are never compared as strings.
 */

const GRAPH_TIME =
  /^(?<date>\d{4}-\d{2}-\d{2})T(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:\.(?<fraction>\d+))?)?(?<zone>Z|[+-]\d{2}:\d{2})?\W*$/;

/** How Graph mostly writes them, which is what `Date` reads. */
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/;
const ISO_SECONDS = "2026-10-14T06:53:24Z".length;
const ZERO = 0x30;

/** Epoch milliseconds of a Graph timestamp, rounded down; undefined for anything that is not one. */
export function parseGraphTime(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  const time = ISO_TIME.test(value) ? isoTime(value) : Date.parse(spelled(value));
  return Number.isNaN(time) ? undefined : time;
}

/**
 * What `Date.parse` answers for a text of that shape, at half the price (measured): each record has several times,
 * and they are read more than once. What is not plain, such as year 0 or hour 24, it is left to.
 */
function isoTime(text: string): number {
  const year = numberAt(text, 0) * 100 + numberAt(text, 2);
  const month = numberAt(text, 5);
  const day = numberAt(text, 8);
  const hour = numberAt(text, 11);
  const minute = numberAt(text, 14);
  const second = numberAt(text, 17);
  const isPlain = year >= 100 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
  if (!isPlain || hour > 23 || minute > 59 || second > 59) return Date.parse(text);
  const ms = text.length === ISO_SECONDS ? 0 : numberAt(text, 20) * 10 + digitAt(text, 22);
  return Date.UTC(year, month - 1, day, hour, minute, second, ms);
}

/** Of two digits. */
function numberAt(text: string, at: number): number {
  return digitAt(text, at) * 10 + digitAt(text, at + 1);
}

function digitAt(text: string, at: number): number {
  return text.charCodeAt(at) - ZERO;
}

/** In the spelling that `Date` reads; empty for what is no time. */
function spelled(text: string): string {
  const parts = GRAPH_TIME.exec(text.trim())?.groups;
  if (parts === undefined) return "";
  const { date, hour = "", minute, second = "00", fraction = "", zone = "Z" } = parts;
  return `${date}T${hour.padStart(2, "0")}:${minute}:${second}.${`${fraction}000`.slice(0, 3)}${zone}`;
}

/** An OData DateTimeOffset literal: unquoted ISO 8601 in UTC with milliseconds. */
export function odataTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** Whether Graph tells fractions of a second depends on the version of its API: the same record must be found again. */
export function wholeSecond(time: number): number {
  return Math.floor(time / 1_000) * 1_000;
}
