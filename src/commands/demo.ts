/** `demo`: the whole path against the built-in Graph simulator and a local collector; no tenant needed. */
import { runDemo } from "../demo/demo.ts";
import { Screen } from "../demo/screen.ts";

export interface DemoCommandOptions {
  readonly json: boolean;
  readonly forever: boolean;
}

/**
 * With `json` the story goes to standard error. Exit code 0 only when nothing was lost and nothing duplicated beyond what the outage explains.
 */
export async function demo({ json, forever }: DemoCommandOptions): Promise<number> {
  const screen = new Screen(json ? process.stderr : process.stdout);
  const totals = await runDemo({ isForever: forever, screen, signal: interruption() });
  screen.ledger(totals);
  if (json) process.stdout.write(`${JSON.stringify(totals)}\n`);
  return totals.lost === 0 && totals.duplicated === 0 ? 0 : 1;
}

/** One Ctrl-C may arrive twice, from the terminal and from npm; a second one comes later than this. */
const SAME_INTERRUPT_MS = 500;

/** Aborts at the first SIGINT or SIGTERM; the second ends the process at once, as a closed terminal does. */
function interruption(): AbortSignal {
  const interrupted = new AbortController();
  let first: number | undefined;
  const interrupt = () => {
    first ??= performance.now();
    interrupted.abort();
    if (performance.now() - first > SAME_INTERRUPT_MS) process.exit(130);
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  process.once("SIGHUP", () => process.exit(129));
  return interrupted.signal;
}
