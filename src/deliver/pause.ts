/** A pause that can be cut short. */
import { setTimeout as sleep } from "node:timers/promises";

/** Ends early, without an error, when the signal does. */
export async function pauseUnless(signal: AbortSignal, ms: number): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
