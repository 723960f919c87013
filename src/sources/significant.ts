/** What makes two spellings of the same state equal: Graph writes "nothing" in several ways and promises no order. Pure. */

const MANY_KEYS = 16;
const PLAIN_KEY = /^\w+$/;

/**
 * JSON of a value with sorted keys and without what says nothing: null, "", [], {} and missing are the same, at any
 * depth. Undefined where nothing is left. Written in one go: a revision is hashed for every record that is read.
 */
export function significantJson(value: unknown): string | undefined {
  if (value === null || value === undefined || value === "") return undefined;
  if (Array.isArray(value)) return arrayJson(value);
  return isObject(value) ? objectJson(value) : JSON.stringify(value);
}

/** An array as a set: neither order nor repetition counts. Anything else stays as it is. */
export function asSet(value: unknown): unknown {
  if (!Array.isArray(value) || value.length === 0) return value;
  return [...new Set(value.map(itemJson))].toSorted();
}

/** Places count in a list: one that says nothing is kept. */
function itemJson(item: unknown): string {
  return significantJson(item) ?? "null";
}

function arrayJson(items: readonly unknown[]): string | undefined {
  return items.length === 0 ? undefined : `[${items.map(itemJson).join(",")}]`;
}

function objectJson(fields: Readonly<Record<string, unknown>>): string | undefined {
  let text = "";
  for (const key of sortedKeys(fields)) {
    const json = significantJson(fields[key]);
    if (json !== undefined) text += `${text === "" ? "" : ","}${quoted(key)}:${json}`;
  }
  return text === "" ? undefined : `{${text}}`;
}

/** By insertion: most objects have few keys, and to sort them the usual way takes more memory than to write them. */
function sortedKeys(fields: object): readonly string[] {
  const keys = Object.keys(fields);
  if (keys.length > MANY_KEYS) return keys.toSorted();
  for (let index = 1; index < keys.length; index += 1) {
    const key = keys[index] ?? "";
    let at = index;
    for (let before = keys[at - 1] ?? ""; at > 0 && before > key; before = keys[at - 1] ?? "") {
      keys[at] = before;
      at -= 1;
    }
    keys[at] = key;
  }
  return keys;
}

function quoted(key: string): string {
  return PLAIN_KEY.test(key) ? `"${key}"` : JSON.stringify(key);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
