/** Streams and sinks in tables, the troubled ones first; many of them are folded away until somebody asks. */
import type { EventLogReport, Report, ReportedSink, ReportedStream } from "../report.ts";
import { html, part, say, svg } from "./element.ts";
import { bytes, count, counted, moment, span } from "./wording.ts";

/** So many rows are read at a glance. */
const SHOWN = 15;

const SOURCES = ["signIns", "riskDetections", "riskyUsers"] as const;

const NAMES = new Intl.Collator("en", { numeric: true });

/** What a cell is called on a narrow screen, and what is in it. */
type Cell = readonly [label: string, content: string | Node];

interface Row {
  readonly isTroubled: boolean;
  readonly cells: readonly Cell[];
}

export function showTables(report: Report): void {
  const tenants = tenantsOf(report.streams);
  say(part("#streams-count"), `${count(report.streams.length)}, of ${counted(tenants.length, "tenant")}`);
  showRows("streams", tenants.map(tenantRow), "tenant");
  say(part("#sinks-count"), count(report.sinks.length));
  showRows(
    "sinks",
    report.sinks.map((sink) => sinkRow(sink, report)),
    "sink",
  );
  part("#event-log").replaceChildren(...eventLogLine(report.eventLog));
}

function showRows(section: string, rows: readonly Row[], noun: string): void {
  const troubled = rows.filter(({ isTroubled }) => isTroubled);
  const others = rows.filter(({ isTroubled }) => !isTroubled);
  const shown = rows.length <= SHOWN ? [...troubled, ...others] : troubled.slice(0, 3 * SHOWN);
  const rest = rows.length <= SHOWN ? [] : [...troubled.slice(3 * SHOWN), ...others];
  part(`#${section}-shown`).replaceChildren(...(shown.length > 0 ? [table(shown, section)] : []));
  const details = part(`#${section}-rest`);
  details.hidden = rest.length === 0;
  say(part(`#${section}-rest > summary`), counted(rest.length, shown.length > 0 ? `more ${noun}` : noun));
  const isOpen = details instanceof HTMLDetailsElement && details.open;
  part(`#${section}-rest > div`).replaceChildren(...(isOpen && rest.length > 0 ? [table(rest, section)] : []));
}

function table(rows: readonly Row[], section: string): HTMLElement {
  const labels = rows[0]?.cells.map(([label]) => label) ?? [];
  const head = html("tr", {}, ...labels.map((label) => html("th", { scope: "col" }, label)));
  const body = rows.map(({ cells }) => html("tr", {}, ...cells.map(cell)));
  return html(
    "table",
    { class: "rows", "aria-labelledby": `${section}-title` },
    html("thead", {}, head),
    html("tbody", {}, ...body),
  );
}

function cell([label, content]: Cell, index: number): HTMLElement {
  if (index === 0) return html("th", { scope: "row" }, content);
  return html("td", { "data-label": label }, typeof content === "string" ? html("span", {}, content) : content);
}

/** By name, with what is not configured any more at the end. */
function tenantsOf(streams: readonly ReportedStream[]): (readonly ReportedStream[])[] {
  const tenants = new Map<string, ReportedStream[]>();
  for (const stream of streams.toSorted(byName)) {
    const { tenantId } = stream.stream;
    tenants.set(tenantId, [...(tenants.get(tenantId) ?? []), stream]);
  }
  return [...tenants.values()];
}

function tenantRow(streams: readonly ReportedStream[]): Row {
  const [first] = streams;
  const cells = SOURCES.map((source): Cell => {
    const stream = streams.find((one) => one.stream.source === source);
    return [source, stream === undefined ? "–" : streamCell(stream)];
  });
  return {
    isTroubled: streams.some(
      ({ configured, health }) => configured && health.trouble !== undefined && health.condition !== "resting",
    ),
    cells: [["Tenant", html("span", { class: "main" }, first === undefined ? "" : nameOf(first))], ...cells],
  };
}

function streamCell(stream: ReportedStream): Node {
  const { mark, markAgeMs, rereads, totals, lost, configured, health } = stream;
  const { accepted, revised, late, repaired } = totals;
  const behind = mark === undefined || markAgeMs === undefined ? "not read yet" : `${span(markAgeMs)} behind`;
  const isWorking = configured && health.condition === "working" && health.lastSuccess !== undefined;
  const fragment = document.createDocumentFragment();
  fragment.append(stateOf(stream, isWorking ? behind : undefined));
  const counts = [
    `${count(accepted)} accepted`,
    ...(revised > 0 ? [`${count(revised)} revised`] : []),
    ...(late > 0 ? [`${count(late)} late`] : []),
    ...(repaired > 0 ? [`${count(repaired)} repaired`] : []),
  ];
  const lines = [...(isWorking ? [] : [behind]), counts.join(", ")];
  if (rereads.length > 0) lines.push(`${counted(rereads.length, "open re-read")}: ${reasonsOf(stream)}`);
  fragment.append(...lines.map((line) => html("span", { class: "aside" }, line)));
  if (lost.length > 0) fragment.append(html("span", { class: "aside lost" }, lostText(lost)));
  return fragment;
}

function sinkRow(sink: ReportedSink, { replays }: Report): Row {
  const { name, transport, host, port, guarantee, books, oldest, deadLetters, configured, health } = sink;
  const where = transport === undefined ? "" : `${transport} to ${host}${port === undefined ? "" : ` port ${port}`}`;
  const replaying = replays.filter((replay) => replay.name === name);
  const aside = [
    ...(books.filtered > 0 ? [`${count(books.filtered)} filtered`] : []),
    ...(books.missed > 0 ? [`${count(books.missed)} MISSED`] : []),
    ...(books.resent > 0 ? [`${count(books.resent)} sent again`] : []),
    ...replaying.map(({ cursor, finish }) => `a replay is at ${count(cursor)} of ${count(finish)}`),
  ];
  const isWaiting = books.pending > 0 && oldest !== undefined;
  return {
    isTroubled: configured && (health.trouble !== undefined || deadLetters > 0),
    cells: [
      ["Sink", two(name, where)],
      ["State", stateOf(sink)],
      ["Waiting", two(count(books.pending), isWaiting ? `the oldest from ${moment(oldest)}` : "")],
      ["Delivered", two(count(books.delivered), aside.join(", "))],
      ["Dead letters", deadLetters === 0 ? "none" : count(deadLetters)],
      ["Guarantee", guarantee ?? "unknown"],
    ],
  };
}

/** `working` is how a state is called that needs no word. */
function stateOf({ health, configured }: ReportedStream | ReportedSink, working?: string): HTMLElement {
  const { condition, lastSuccess, trouble } = health;
  const isNew = lastSuccess === undefined && trouble === undefined;
  const state = configured ? (isNew ? "not tried yet" : condition) : "not configured any more";
  const code = trouble?.code !== undefined && configured ? ` ${trouble.code}` : "";
  const kind = configured && !isNew ? condition : "off";
  const text = working === undefined ? [`${state}${code}`] : [html("span", { class: "unseen" }, "working, "), working];
  return html("span", { class: "state", "data-condition": kind }, ...text);
}

function reasonsOf({ rereads }: ReportedStream): string {
  return [...new Set(rereads.map(({ reason }) => reason))].join(", ");
}

function lostText(lost: ReportedStream["lost"]): string {
  let lostMs = 0;
  for (const { from, to } of lost) lostMs += to - from;
  return `LOST to retention: ${span(lostMs)}, up to ${moment(lost.at(-1)?.to ?? 0)}`;
}

function eventLogLine({ events, bytes: size, maxBytes, isFull, heldBy }: EventLogReport): Element[] {
  const text = `Event log: ${counted(events, "event")}, ${bytes(size)} of at most ${bytes(maxBytes)}`;
  const holder = heldBy === undefined ? "" : `; ${heldBy} has the most before it`;
  const share = `${Math.min(100, (100 * size) / maxBytes)}%`;
  const meter = svg("svg", { class: "meter", "aria-hidden": "true" });
  meter.append(svg("rect", { width: share, height: "100%", class: isFull ? "full" : "filled" }));
  return [html("p", {}, `${text}${isFull ? ": full, polling pauses" : ""}${holder}.`), meter];
}

/** A value with a remark below it. */
function two(value: string, remark: string): Node {
  const fragment = document.createDocumentFragment();
  fragment.append(html("span", { class: "main" }, value));
  if (remark !== "") fragment.append(html("span", { class: "aside" }, remark));
  return fragment;
}

function byName(one: ReportedStream, other: ReportedStream): number {
  if (one.configured !== other.configured) return one.configured ? -1 : 1;
  return NAMES.compare(nameOf(one), nameOf(other));
}

function nameOf({ tenant, stream }: ReportedStream): string {
  return tenant ?? stream.tenantId;
}
