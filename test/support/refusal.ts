/** What an attempt throws; an attempt that succeeds fails the test. */
export function refusal(attempt: () => unknown): unknown {
  try {
    attempt();
  } catch (error) {
    return error;
  }
  throw new Error("was not refused");
}
