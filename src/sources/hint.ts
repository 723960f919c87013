/**
 * What the first bytes of a record say of it: Graph begins each with its id, and goes on with the time of a sign-in. By them
 * dedupe looks a record up before it is parsed; what they say is never relied on. Pure.
 */
import type { Hint } from "../core/event.ts";
import { isAt, MARKS } from "../core/json-bytes.ts";
import { parseGraphTime, wholeSecond } from "../core/time.ts";

const ID = Buffer.from('{"id":"');

/** `timeProperty` is the one that says when a record was made, where its key needs that. */
export function hinting(timeProperty?: string): (json: Buffer) => Hint | undefined {
  const timeKey = timeProperty === undefined ? undefined : Buffer.from(`,"${timeProperty}":"`);
  return (json) => {
    const id = textBehind(json, 0, ID);
    if (id === undefined || timeKey === undefined) return id && { id: id.text };
    const time = parseGraphTime(textBehind(json, id.end, timeKey)?.text);
    return time === undefined ? undefined : { id: id.text, created: wholeSecond(time) };
  };
}

interface Found {
  readonly text: string;
  /** Index behind its closing quote. */
  readonly end: number;
}

/** The text whose key and opening quote are at a place, with its escapes as they are. */
function textBehind(json: Buffer, at: number, key: Buffer): Found | undefined {
  if (!isAt(json, at, key)) return undefined;
  const start = at + key.length;
  const end = json.indexOf(MARKS.quote, start);
  return end === -1 ? undefined : { text: json.toString("latin1", start, end), end: end + 1 };
}
