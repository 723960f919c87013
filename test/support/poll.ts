/** Waiting for a condition, with a deadline. */
import { setTimeout as sleep } from "node:timers/promises";

const EVERY_MS = 25;

/** Asks again and again until the answer is true; fails when it never is. */
export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  deadlineMs = 90_000,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await sleep(EVERY_MS);
  }
}
