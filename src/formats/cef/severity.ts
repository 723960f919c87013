/**
 * Severities within the dictionary's bands: 0–3 low, 4–6 medium, 7–8 high, 9–10 very high. A level that the licence
 * hides, or that this version does not know, is not harmless. Upper and lower case are the same: Graph spells some of
 * its words in two ways.
 */

const BY_LEVEL: ReadonlyMap<string, number> = new Map([
  ["none", 1],
  ["low", 3],
  ["medium", 5],
  ["high", 8],
]);
const UNKNOWN_LEVEL = 5;

/** A state outweighs the level: a dismissed high risk is done with. */
const BY_STATE: ReadonlyMap<string, number> = new Map([
  ["confirmedcompromised", 10],
  ["remediated", 2],
  ["dismissed", 2],
  ["confirmedsafe", 2],
]);

export function riskSeverity(riskLevel: string | undefined, riskState: string | undefined): number {
  return BY_STATE.get(lower(riskState)) ?? BY_LEVEL.get(lower(riskLevel)) ?? UNKNOWN_LEVEL;
}

/** A sign-in is as severe as its result or its known risk, whichever is more. */
export function signInSeverity(ofResult: number, riskLevel: string | undefined): number {
  return Math.max(ofResult, BY_LEVEL.get(lower(riskLevel)) ?? 0);
}

function lower(word: string | undefined): string {
  return (word ?? "").toLowerCase();
}
