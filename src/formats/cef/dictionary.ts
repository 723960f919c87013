/**
 * The CEF keys in use, in the order in which they are written: identity first, then what Graph decides, and last what
 * an attacker can write, so that a cut or a lenient parser hurts least. The number is the longest value that the
 * dictionary allows, in code points.
 */

/** A number, a time or an address: its type limits it. */
const TYPED = Number.POSITIVE_INFINITY;

export const MAX_LENGTHS = {
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

function isCefKey(key: string): key is CefKey {
  return key in MAX_LENGTHS;
}
