/** `health`: whether the daemon of a configuration answers, for a container's health check. Opens no state. */
import { readConfig } from "../config/load.ts";
import { messageOf } from "../core/errors.ts";
import { printable } from "../core/printable.ts";
import { ask, reachable } from "../telemetry/asking.ts";

/** For both questions. A daemon that is stopped or hangs takes the connection, and never answers. */
const DEADLINE_MS = 4_000;
const MAX_SHOWN = 200;

interface Heard {
  readonly isOk: boolean;
  readonly line: string;
}

/** Exit code 0 when `/livez` says so; what `/readyz` says is only shown. Reads no secrets. Throws ConfigError. */
export async function health(file: string): Promise<number> {
  const { listen } = readConfig(file).http;
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const live = await hear(new URL("/livez", reachable(listen)), signal);
  const ready = live.isOk ? [await hear(new URL("/readyz", reachable(listen)), signal)] : [];
  for (const { line } of [live, ...ready]) process.stdout.write(`${line}\n`);
  return live.isOk ? 0 : 1;
}

async function hear(url: URL, signal: AbortSignal): Promise<Heard> {
  try {
    const { status, body } = await ask(url, signal);
    const [first = ""] = body.split("\n");
    const isOk = status === 200;
    return { isOk, line: `${url.href}: ${printable(first.slice(0, MAX_SHOWN))}${isOk ? "" : ` (${status})`}` };
  } catch (error) {
    const reason = signal.aborted ? `no answer within ${DEADLINE_MS / 1_000} s` : messageOf(error);
    return { isOk: false, line: `${url.href}: ${printable(reason)}` };
  }
}
