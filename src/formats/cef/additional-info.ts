/**
 * `additionalInfo` of a risk detection: by Graph's documentation a JSON text with a list of {Key, Value}; in real
 * records also null, blank or anything else.
 */
import { objectOf, textOf } from "./record-values.ts";

export interface AdditionalInfo {
  /** As Graph wrote it. */
  readonly json?: string | undefined;
  readonly userAgent?: string | undefined;
}

export function readAdditionalInfo(value: unknown): AdditionalInfo {
  if (value === undefined || value === null) return {};
  const json = typeof value === "string" ? textOf(value) : stringify(value);
  const list = typeof value === "string" ? parse(value) : value;
  const entries = Array.isArray(list) ? list.map(objectOf) : [];
  // Some lists have the key twice, first without a value.
  const userAgents = entries.filter(({ Key }) => Key === "userAgent").map(({ Value }) => textOf(Value));
  return { json, userAgent: userAgents.find((userAgent) => userAgent !== undefined) };
}

/** Undefined for what is no JSON: the text itself is still sent. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Undefined for what is nested so deeply that it cannot be written. */
function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
