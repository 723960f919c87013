/** Numbers, spans and times in words. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const NUMBERS = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const RATES = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** Small means keep a digit after the point. */
export function count(number: number): string {
  return (number < 10 ? RATES : NUMBERS).format(number);
}

/** `1 event`, `2 events`. */
export function counted(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

export function span(ms: number): string {
  if (ms < 0) return "ahead of this host’s clock";
  if (ms < 2 * MINUTE) return `${Math.round(ms / 1000)} s`;
  if (ms < 2 * HOUR) return `${Math.round(ms / MINUTE)} min`;
  if (ms < 2 * DAY) return `${Math.round(ms / HOUR)} h`;
  return `${Math.round(ms / DAY)} days`;
}

export function bytes(size: number): string {
  if (size < 1e6) return `${Math.ceil(size / 1e3)} kB`;
  if (size < 1e9) return `${(size / 1e6).toFixed(size < 1e7 ? 1 : 0)} MB`;
  return `${(size / 1e9).toFixed(1)} GB`;
}

/** `2026-11-25 22:10:04` in UTC. */
export function moment(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

/** `22:10` in UTC. */
export function clock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16);
}
