/**
 * The CEF keys in use, in the order in which they are written: identity first, then what Graph decides, and last what
 * an attacker can write, so that a cut or a lenient parser hurts least. The number is the longest value that the
 * dictionary allows, in code points.
 */

/** A number, a time or an address: its type limits it. */
const TYPED = Number.POSITIVE_INFINITY;

const MAX_LENGTHS = {
  rt: TYPED,
  start: TYPED,
  end: TYPED,
  externalId: 40,
  devicePayloadId: 128,
  deviceExternalId: 255,
  dvchost: 100,
  cat: 1023,
  app: 31,
  src: TYPED,
  suser: 1023,
  suid: 1023,
  c6a2: TYPED,
  shost: 1023,
  destinationServiceName: 1023,
  act: 63,
  outcome: 63,
  reason: 1023,
  cn1: TYPED,
  cn2: TYPED,
  cs1: 4000,
  cs2: 4000,
  cs3: 4000,
  cs4: 4000,
  cs5: 4000,
  cfp1: TYPED,
  cfp2: TYPED,
  cn3: TYPED,
  requestClientApplication: 1023,
  msg: 1023,
  cs6: 4000,
} as const;

export type CefKey = keyof typeof MAX_LENGTHS;

export const CEF_KEYS: readonly CefKey[] = Object.keys(MAX_LENGTHS).filter(isCefKey);

/** Which event it is, whose, and what sent it. */
const COMMON_KEYS: ReadonlySet<CefKey> = new Set(["externalId", "devicePayloadId", "deviceExternalId", "dvchost"]);

/** What the numbered keys mean: each is followed by its `…Label`. */
export type Labels = Readonly<Partial<Record<CefKey, string>>>;

/** How the field of a key is written. */
export interface CefRule {
  readonly key: CefKey;
  /** Whether every message carries it. */
  readonly isCommon: boolean;
  readonly maxLength: number;
  /** What comes before its value: in the first field of a message, and in every other. */
  readonly first: string;
  readonly next: string;
  /** What comes behind its value: nothing, or its label. */
  readonly label: string;
}

/** The rules of all keys, in wire order. */
export function rulesOf(labels: Labels): readonly CefRule[] {
  return CEF_KEYS.map((key) => ruleOf(key, labels[key]));
}

export function ruleOf(key: CefKey, label?: string): CefRule {
  return {
    key,
    isCommon: COMMON_KEYS.has(key),
    maxLength: MAX_LENGTHS[key],
    first: `${key}=`,
    next: ` ${key}=`,
    label: label === undefined ? "" : ` ${key}Label=${label}`,
  };
}

function isCefKey(key: string): key is CefKey {
  return key in MAX_LENGTHS;
}
