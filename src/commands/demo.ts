/** `demo`: the whole path against the built-in Graph simulator and a local collector; no tenant needed. */
import { runDemo } from "../demo/demo.ts";
import { Screen } from "../demo/screen.ts";

export interface DemoCommandOptions {
  readonly json: boolean;
  readonly forever: boolean;
}

/** Exit code 0 only when nothing was lost and nothing duplicated beyond what the outage explains. */
export async function demo({ json, forever }: DemoCommandOptions): Promise<number> {
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort());
  process.once("SIGTERM", () => interrupted.abort());
  const screen = new Screen(process.stdout);
  const totals = await runDemo({ isForever: forever, screen, signal: interrupted.signal });
  screen.ledger(totals);
  if (json) screen.json(totals);
  return totals.lost === 0 && totals.duplicated === 0 ? 0 : 1;
}
