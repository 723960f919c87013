/**
 * The status page. It asks for the report every few seconds and for the history every minute, and says so when the
 * daemon gives no answer any more: what it then still shows is of another time.
 */
import type { HistoryReport } from "../history.ts";
import type { Report } from "../report.ts";
import { showSilence, showVerdict } from "./overview.ts";
import { showPlots } from "./plots.ts";
import { showTables } from "./tables.ts";
import { moment } from "./wording.ts";

const EVERY_MS = 3_000;
const HISTORY_MS = 30_000;
const PATIENCE_MS = 10_000;

let answered: number | undefined;
let history: HistoryReport | undefined;
let nextHistory = 0;
let latest: Report | undefined;

async function look(): Promise<void> {
  try {
    const report: Report = await read("status");
    answered = Date.now();
    latest = report;
    showVerdict(report);
    showTables(report);
    if (performance.now() >= nextHistory) await lookBack();
  } catch (error) {
    showSilence(silenceText(error));
  }
  setTimeout(() => void look(), EVERY_MS);
}

async function lookBack(): Promise<void> {
  history = await read<HistoryReport>("status/history");
  nextHistory = performance.now() + HISTORY_MS;
  showPlots(history);
}

/** Throws Refusal when the daemon answers without a report. */
async function read<Answer>(path: string): Promise<Answer> {
  const response = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!response.ok) throw new Refusal((await response.text()).trim());
  return response.json();
}

class Refusal extends Error {}

function silenceText(error: unknown): string {
  if (error instanceof Refusal) return `The daemon cannot tell: ${error.message}`;
  const since = answered === undefined ? "" : ` since ${moment(answered)} UTC`;
  return `No answer from the daemon${since}`;
}

/** What is drawn to measure is drawn again; what was folded is filled when it is opened. */
addEventListener("resize", () => {
  if (history) showPlots(history);
});
for (const details of document.querySelectorAll("#streams-rest, #sinks-rest")) {
  details.addEventListener("toggle", () => {
    if (latest) showTables(latest);
  });
}

void look();
