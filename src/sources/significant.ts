/** What makes two spellings of the same state equal: Graph writes "nothing" in several ways and promises no order. Pure. */

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
  if (!Array.isArray(value)) return value;
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
  for (const key of Object.keys(fields).toSorted()) {
    const json = significantJson(fields[key]);
    if (json !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${json}`;
  }
  return text === "" ? undefined : `{${text}}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
