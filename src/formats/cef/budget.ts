/**
 * Makes a message fit. A collector cuts what is too long at any byte, splits it into two records or drops the
 * connection, so that a long message is made shorter here, value by value, and says so:
 * `cn3=<bytes before> cn3Label=truncatedFrom`.
 *
 *   1. cs6 goes
 *   2. msg, the user agent and the reason are cut, to nothing if need be
 *   3. other long texts are cut to 64 bytes
 *   4. whole fields go, what identifies the event last
 */
import { CEF_KEYS, type CefKey, ruleOf } from "./dictionary.ts";
import { escape, truncateBytes } from "./encoder.ts";
import { type Field, messageText } from "./extension.ts";

/** Of a long text, as much stays as tells it from others. */
const LEAST_TEXT = 64;

const FREE_TEXT: readonly CefKey[] = ["msg", "requestClientApplication", "reason"];

/** In the order in which they can be done without. */
const OTHERS: readonly CefKey[] = [
  ...(["cfp2", "cfp1", "cs4", "shost", "destinationServiceName", "app", "cat", "dvchost"] as const),
  ...(["cs5", "cs3", "cs2", "end", "start", "cn2", "cn1", "outcome", "cs1", "act", "src", "c6a2"] as const),
  ...(["suid", "suser"] as const),
];
const IDENTITY: readonly CefKey[] = ["externalId", "rt", "deviceExternalId", "devicePayloadId"];

interface Step {
  readonly key: CefKey;
  /** Bytes of the value that stay; undefined: the field goes as a whole. */
  readonly keep?: number;
}

const STEPS: readonly Step[] = [
  { key: "cs6" },
  ...FREE_TEXT.map((key) => ({ key, keep: 0 })),
  ...OTHERS.map((key) => ({ key, keep: LEAST_TEXT })),
  ...[...OTHERS, ...IDENTITY].map((key) => ({ key })),
];

/** Header and fields as one text of at most `maxBytes` bytes, unless the header alone is longer. */
export function fit(header: string, fields: readonly Field[], maxBytes: number): string {
  const whole = messageText(header, fields);
  const bytes = Buffer.byteLength(whole);
  return bytes <= maxBytes ? whole : shortened(header, fields, { bytes, maxBytes });
}

interface Overlong {
  readonly bytes: number;
  readonly maxBytes: number;
}

function shortened(header: string, fields: readonly Field[], { bytes, maxBytes }: Overlong): string {
  const left = new Map(fields.map((field) => [field.rule.key, field]));
  left.set("cn3", { rule: ruleOf("cn3", "truncatedFrom"), value: String(bytes) });
  let excess = Buffer.byteLength(inWireOrder(header, left)) - maxBytes;
  for (const step of STEPS) {
    if (excess <= 0) break;
    excess -= sacrifice(left, step, excess);
  }
  return inWireOrder(header, left);
}

function inWireOrder(header: string, fields: ReadonlyMap<CefKey, Field>): string {
  return messageText(
    header,
    CEF_KEYS.map((key) => fields.get(key)).filter((field) => field !== undefined),
  );
}

/** Takes up to `excess` bytes, or all that the step allows, and answers how many it took. */
function sacrifice(fields: Map<CefKey, Field>, { key, keep }: Step, excess: number): number {
  const field = fields.get(key);
  if (field === undefined) return 0;
  const bytes = Buffer.byteLength(escape(field.value));
  const value = keep === undefined ? "" : truncateBytes(field.value, Math.max(bytes - excess, keep));
  if (value === "") {
    fields.delete(key);
    return Buffer.byteLength(messageText(" ", [field]));
  }
  fields.set(key, { ...field, value });
  return bytes - Buffer.byteLength(escape(value));
}
