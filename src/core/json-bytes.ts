/** Finds its way through JSON in UTF-8 without reading it: all that has a meaning there is ASCII. Pure. */

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const OPEN_LIST = 0x5b;
export const CLOSE_LIST = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;

/** The depth of what is right inside an object or list. */
const INNER = 2;

/** Index behind the text whose opening quote is at a place; behind the end where nothing closes it. */
export function endOfText(json: Uint8Array, quote: number): number {
  let at = quote + 1;
  for (let byte = json[at]; byte !== QUOTE && byte !== undefined; byte = json[at]) at += byte === BACKSLASH ? 2 : 1;
  return at + 1;
}

/**
 * Index behind the object or list whose bracket is at a place; undefined where it does not end or is too deep. `onList` is
 * told of the brackets of each list that is right inside.
 */
export function endOfBrackets(
  json: Uint8Array,
  bracket: number,
  maxDepth: number,
  onList?: (open: number, close: number) => void,
): number | undefined {
  let depth = 0;
  let inner = bracket;
  for (let at = bracket; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) at = endOfText(json, at) - 1;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      depth += 1;
      if (depth === INNER) inner = at;
      if (depth > maxDepth) return undefined;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      depth -= 1;
      if (depth === 0) return at + 1;
      if (depth === INNER - 1 && byte === CLOSE_LIST) onList?.(inner, at);
    }
  }
  return undefined;
}
