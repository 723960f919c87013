/**
 * Graph timestamps. They carry 0 to 7 fractional digits with trailing zeros trimmed, sometimes `+00:00`, an unpadded
 * hour or a stray character behind them (all seen in real records). They are never compared as strings.
 */

const GRAPH_TIME =
  /^(?<date>\d{4}-\d{2}-\d{2})T(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:\.(?<fraction>\d+))?)?(?<zone>Z|[+-]\d{2}:\d{2})?\W*$/;

/** Epoch milliseconds of a Graph timestamp, rounded down; undefined for anything that is not one. */
export function parseGraphTime(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  const parts = GRAPH_TIME.exec(value.trim())?.groups;
  if (parts === undefined) return undefined;
  const { date, hour = "", minute, second = "00", fraction = "", zone = "Z" } = parts;
  const ms = `${fraction}000`.slice(0, 3);
  const time = Date.parse(`${date}T${hour.padStart(2, "0")}:${minute}:${second}.${ms}${zone}`);
  return Number.isNaN(time) ? undefined : time;
}

/** An OData DateTimeOffset literal: unquoted ISO 8601 in UTC with milliseconds. */
export function odataTime(ms: number): string {
  return new Date(ms).toISOString();
}
