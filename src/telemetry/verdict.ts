/** One answer to the question whether everything arrives. */
import type { Need } from "./needs.ts";
import type { Report } from "./report.ts";

/**
 * arriving: all of it. starting: no trouble, but some streams have not been read yet. delayed: what does not arrive is
 * tried again by itself. attention: it arrives, and a person should look. blocked: a person must act. stopped: the
 * daemon does not run.
 */
type State = "arriving" | "starting" | "delayed" | "attention" | "blocked" | "stopped";

export interface Verdict {
  readonly state: State;
  readonly text: string;
  /** The worst first. */
  readonly needs: readonly Need[];
}

export function verdictOf(report: Omit<Report, "verdict">, needs: readonly Need[]): Verdict {
  if (!report.running) return { state: "stopped", text: "Nothing is arriving: the daemon does not run", needs };
  const now = needs.filter(({ urgency }) => urgency === "now").length;
  const soon = needs.filter(({ urgency }) => urgency === "soon").length;
  if (now > 0) return { state: "blocked", text: `Not all is arriving: ${things(now + soon)}`, needs };
  if (needs.length > soon) return { state: "delayed", text: delayedText(soon), needs };
  if (soon > 0) return { state: "attention", text: `All is arriving, but ${things(soon)}`, needs };
  const streams = report.streams.filter(({ configured }) => configured);
  const unread = streams.filter(({ health, mark }) => health.condition === "working" && mark === undefined).length;
  if (unread > 0) return { state: "starting", text: `Starting: ${unread} of ${streams.length} streams to go`, needs };
  return { state: "arriving", text: "All is arriving", needs };
}

function delayedText(soon: number): string {
  const text = "Not all is arriving, and it is tried again by itself";
  return soon > 0 ? `${text}; ${things(soon)}` : text;
}

function things(count: number): string {
  return count === 1 ? "1 thing needs a person" : `${count} things need a person`;
}
