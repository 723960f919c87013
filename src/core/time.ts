/**
 * Graph timestamps. They carry 0 to 7 fractional digits with trailing zeros trimmed, sometimes `+00:00`, an unpadded
 * hour or a stray character behind them (all seen in real records). They are never compared as strings.
 */

const GRAPH_TIME =
  /^(?<date>\d{4}-\d{2}-\d{2})T(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:\.(?<fraction>\d+))?)?(?<zone>Z|[+-]\d{2}:\d{2})?\W*$/;

/** How Graph mostly writes them, which is what `Date` reads: asked first, it costs a fifth (measured). */
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/;

/** Epoch milliseconds of a Graph timestamp, rounded down; undefined for anything that is not one. */
export function parseGraphTime(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  const time = Date.parse(ISO_TIME.test(value) ? value : isoTime(value));
  return Number.isNaN(time) ? undefined : time;
}

/** In the spelling that `Date` reads; empty for what is no time. */
function isoTime(text: string): string {
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
