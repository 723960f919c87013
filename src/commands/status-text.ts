/** A report as a person reads it on a terminal of 80 columns: the verdict, what to do, then all that there is. */
import { ERROR_CODES } from "../core/codes.ts";
import type { Health } from "../core/health.ts";
import { printable } from "../core/printable.ts";
import type { Books, ReplayStatus } from "../store/store.ts";
import type { Need } from "../telemetry/needs.ts";
import type { Report, ReportedSink, ReportedStream } from "../telemetry/report.ts";
import type { Terminal } from "./terminal.ts";

/** Beyond this many only the count is told; `--json` has them all. */
const SHOWN_NEEDS = 20;

const TONES = {
  arriving: ["bold", "green"],
  starting: ["bold"],
  delayed: ["bold", "yellow"],
  attention: ["bold", "yellow"],
  blocked: ["bold", "red"],
  stopped: ["bold", "red"],
} as const;

export function statusText(report: Report, terminal: Terminal): string {
  const { verdict, sinks, replays, time } = report;
  const names = new Intl.Collator("en", { numeric: true });
  const streams = report.streams.toSorted((one, other) => names.compare(tenantOf(one), tenantOf(other)));
  const lines = [
    terminal.styled(TONES[verdict.state], verdict.text),
    lifeLine(report),
    ...verdict.needs.slice(0, SHOWN_NEEDS).flatMap((need) => ["", ...needLines(need, time, terminal)]),
    ...(verdict.needs.length > SHOWN_NEEDS ? ["", `  and ${verdict.needs.length - SHOWN_NEEDS} more`] : []),
    "",
    title("streams", ["state", "read up to", "accepted"], terminal),
    ...streams.flatMap((stream, index) => [
      ...(tenantOf(stream) === tenantOf(streams[index - 1]) ? [] : [`  ${tenantOf(stream)}`]),
      ...streamLines(stream, terminal, time),
    ]),
    "",
    title("sinks", ["state", "waiting", "delivered"], terminal),
    ...sinks.flatMap((sink) => [
      ...sinkLines(sink, terminal),
      ...replays.filter(({ name }) => name === sink.name).map(replayLine),
    ]),
    "",
    ...eventLogLines(report, terminal),
  ];
  return `${lines.join("\n")}\n`;
}

function tenantOf(stream: ReportedStream | undefined): string {
  return stream?.tenant ?? stream?.stream.tenantId ?? "";
}

function lifeLine({ running, lastWritten, time }: Report): string {
  if (running) return `daemon: running, as of ${moment(time)}`;
  return `daemon: NOT running, last sign of life ${lastWritten === undefined ? "unknown" : ago(lastWritten, time)}`;
}

/** Whom it concerns, what it is and what to do, each on lines of its own. */
function needLines({ urgency, code, ...need }: Need, now: number, terminal: Terminal): string[] {
  const { title: concerned, message, remedy, since, nextTry } = need;
  const tone = urgency === "now" ? "red" : "yellow";
  const times = [
    ...(since === undefined ? [] : [`since ${moment(since)}`]),
    ...(nextTry === undefined ? [] : [`next try ${nextTry <= now ? "now" : `in ${span(nextTry - now)}`}`]),
  ].join(", ");
  const [head = "", ...rest] = wrapped(`${code === undefined ? "" : `${code} `}${printable(concerned)}`, 2, terminal);
  return [
    terminal.styled([tone], head),
    ...rest,
    ...wrapped(printable(message), 4, terminal),
    ...(remedy === undefined ? [] : wrapped(`remedy: ${printable(remedy)}`, 4, terminal)),
    ...(times === "" ? [] : [`    ${times}`]),
  ];
}

function title(name: string, columns: readonly [string, string, string], terminal: Terminal): string {
  return terminal.styled(["bold"], row(name, columns, terminal));
}

/** One line of a table: a name, two columns of text, a column of figures. */
function row(name: string, [state, middle, figure]: readonly [string, string, string], { columns }: Terminal): string {
  const room = nameWidth(columns);
  const start = name.length <= room - 2 ? name.padEnd(room) : `${name.slice(0, room - 3)}…  `;
  return `${start}${state.padEnd(16)}${middle.padEnd(18)}${figure.padStart(12)}`;
}

function nameWidth(columns: number): number {
  return columns - 46;
}

function streamLines(known: ReportedStream, terminal: Terminal, now: number): string[] {
  const { stream, mark, rereads, lost, totals, health, configured } = known;
  const { accepted, revised, late, repaired } = totals;
  const head = mark === undefined ? "not read yet" : ago(mark, now);
  const lines = [stateRow(`    ${stream.source}`, health, [head, String(accepted)], terminal)];
  if (!configured) lines.push("      not in the configuration any more: its place is kept");
  if (revised + late + repaired > 0)
    lines.push(`      of these revised ${revised}, late ${late}, repaired ${repaired}`);
  for (const { reason, position, to } of rereads) {
    lines.push(`      re-read (${reason}): at ${moment(position)} of ${moment(to)}`);
  }
  for (const { from, to } of lost) lines.push(`      LOST to retention: ${moment(from)} to ${moment(to)}`);
  return [...lines, ...hintLine(health)];
}

function sinkLines(known: ReportedSink, terminal: Terminal): string[] {
  const { name, oldest, books, deadLetters, health, configured } = known;
  const { transport, host, port, guarantee } = known;
  const lines = [stateRow(`  ${name}`, health, [String(books.pending), String(books.delivered)], terminal)];
  if (guarantee !== undefined) {
    const where = `${transport} to ${host}${port === undefined ? "" : ` port ${port}`}`;
    lines.push(...wrapped(`${where}, guarantee: ${guarantee}`, 4, terminal));
  }
  if (!configured) lines.push("    not in the configuration any more: its cursor is kept");
  // What is in no books waits too: notices of the forwarder itself.
  if (oldest !== undefined && books.pending > 0) lines.push(`    the oldest that waits is from ${moment(oldest)}`);
  lines.push(...wrapped(booksText(books), 4, terminal));
  if (deadLetters > 0) lines.push(`    ${deadLetters} dead letters: see dead-letters list`);
  return [...lines, ...hintLine(health)];
}

/** Colour comes after the columns are laid out: its codes have no width. */
function stateRow(name: string, health: Health, columns: readonly [string, string], terminal: Terminal): string {
  const { condition } = health;
  const state = conditionText(health);
  const line = row(name, [state, ...columns], terminal);
  if (condition !== "blocked" && condition !== "waiting") return line;
  const at = nameWidth(terminal.columns);
  const tone = condition === "blocked" ? "red" : "yellow";
  return line.slice(0, at) + terminal.styled([tone], state) + line.slice(at + state.length);
}

/** What the trouble is, in short: the verdict's needs tell it whole. */
function hintLine({ trouble }: Health): string[] {
  if (trouble?.code === undefined) return [];
  return [`      ${trouble.code} ${ERROR_CODES[trouble.code].meaning}, since ${moment(trouble.since)}`];
}

function booksText({ accepted, delivered, filtered, rejected, missed, pending, resent }: Books): string {
  const rare = [
    ...(filtered > 0 ? [`filtered ${filtered}`] : []),
    ...(rejected > 0 ? [`rejected ${rejected}`] : []),
    ...(missed > 0 ? [`MISSED ${missed}`] : []),
  ];
  const parts = [`delivered ${delivered}`, ...rare, `waiting ${pending}`].join(" + ");
  return `accepted ${accepted} = ${parts}${resent > 0 ? `; sent again ${resent}` : ""}`;
}

/** What stops it stops the sink too, and is told there. */
function replayLine({ cursor, finish, health }: ReplayStatus): string {
  return `    replay: ${conditionText(health)}, at ${cursor} of ${finish}`;
}

function eventLogLines({ eventLog }: Report, terminal: Terminal): string[] {
  const { events, bytes, maxBytes, isFull, heldBy } = eventLog;
  const share = `${Math.floor((100 * bytes) / maxBytes)} % of its maximum`;
  const holder = heldBy === undefined ? "" : `; ${heldBy} has the most before it`;
  const text = `${events} events, ${(bytes / 1e6).toFixed(1)} MB, ${share}${isFull ? ": FULL, polling pauses" : ""}`;
  return wrapped(`event log: ${text}${holder}`, 0, terminal);
}

function conditionText({ condition, lastSuccess, trouble }: Health): string {
  return lastSuccess === undefined && trouble === undefined ? "not tried yet" : condition;
}

/** Whole words where they fit, each line indented. */
function wrapped(text: string, indent: number, { columns }: Terminal): string[] {
  const room = columns - indent;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((long) => pieces(long, room))) {
    if (line !== "" && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((part) => " ".repeat(indent) + part);
}

function pieces(word: string, length: number): string[] {
  if (word.length <= length) return [word];
  return Array.from({ length: Math.ceil(word.length / length) }, (_, index) =>
    word.slice(index * length, (index + 1) * length),
  );
}

/** `2026-11-25 22:10:04Z`. */
function moment(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")}Z`;
}

function ago(then: number, now: number): string {
  return then > now ? "ahead of our clock" : `${span(now - then)} ago`;
}

function span(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}
