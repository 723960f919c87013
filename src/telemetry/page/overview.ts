/** What an operator reads in five seconds: whether everything arrives, three figures, and what to do. */
import type { Need } from "../needs.ts";
import type { Report, ReportedStream } from "../report.ts";
import { html, part, say, svg } from "./element.ts";
import { count, moment, span } from "./wording.ts";

type Sign = "good" | "pending" | "warning" | "bad";

const SIGNS: Readonly<Record<string, Sign>> = {
  arriving: "good",
  starting: "pending",
  delayed: "warning",
  attention: "warning",
  blocked: "bad",
  stopped: "bad",
  silent: "bad",
};

/** A shape of its own for each, so that nobody needs to see the colour. */
const SHAPES: Readonly<Record<Sign, readonly string[]>> = {
  good: ["M24 4a20 20 0 1 0 0 40a20 20 0 1 0 0-40Z", "M15 24.5l6.5 6.5L34 18"],
  pending: ["M24 4a20 20 0 1 0 0 40a20 20 0 1 0 0-40Z", "M24 14v11l7 4"],
  warning: ["M24 5 45 42H3Z", "M24 18v12M24 35v.5"],
  bad: ["M15.7 4h16.6L44 15.7v16.6L32.3 44H15.7L4 32.3V15.7Z", "M17 17l14 14M31 17 17 31"],
};

export function showVerdict(report: Report): void {
  const { verdict, version = "", started, time } = report;
  stamp(verdict.state, verdict.text);
  say(part("#version"), version);
  const uptime = started === undefined ? "" : `running for ${span(time - started)} · `;
  say(part("#looked"), `${uptime}as of ${moment(time)} UTC`);
  showFigures(report);
  const { needs } = verdict;
  showNeeds(
    "#needs-person",
    needs.filter(({ urgency }) => urgency !== "none"),
    time,
  );
  showNeeds(
    "#needs-time",
    needs.filter(({ urgency }) => urgency === "none"),
    time,
  );
}

/** The daemon gives no answer, or one without a report: what the page shows is of another time. */
export function showSilence(text: string): void {
  stamp("silent", text);
}

function stamp(state: string, text: string): void {
  const sign = SIGNS[state] ?? "bad";
  const overview = part("#overview");
  document.body.toggleAttribute("data-silent", state === "silent");
  say(part("#verdict"), text);
  document.title = `${text} · entra-risk-forwarder`;
  if (overview.dataset["state"] === sign) return;
  overview.dataset["state"] = sign;
  const [outline = "", mark = ""] = SHAPES[sign];
  document
    .querySelector("#sign")
    ?.replaceChildren(svg("path", { d: outline, class: "outline" }), svg("path", { d: mark, class: "mark" }));
}

function showFigures({ streams, sinks, eventLog }: Report): void {
  const slowest = slowestOf(streams);
  const pending = sinks.filter(({ configured }) => configured);
  let waiting = 0;
  for (const { books } of pending) waiting += books.pending;
  const [most] = pending.toSorted((one, other) => other.books.pending - one.books.pending);
  const percent = Math.floor((100 * eventLog.bytes) / eventLog.maxBytes);
  part("#figures").replaceChildren(
    ...figure("Furthest behind", span(slowest?.markAgeMs ?? 0), slowest ? nameOf(slowest) : "nothing is read yet"),
    ...figure("Waiting for sinks", count(waiting), most && waiting > 0 ? `most for ${most.name}` : "nothing waits"),
    ...figure("Event log", `${percent} %`, eventLog.isFull ? "full: polling pauses" : "of its maximum"),
  );
}

function figure(label: string, value: string, remark: string): HTMLElement[] {
  const figures = html("div", {}, html("dt", {}, label), html("dd", { class: "value" }, value));
  figures.append(html("dd", { class: "quiet" }, remark));
  return [figures];
}

function slowestOf(streams: readonly ReportedStream[]): ReportedStream | undefined {
  return streams
    .filter(
      ({ configured, markAgeMs, health }) => configured && markAgeMs !== undefined && health.condition !== "resting",
    )
    .toSorted((one, other) => (other.markAgeMs ?? 0) - (one.markAgeMs ?? 0))[0];
}

function nameOf({ tenant, stream }: ReportedStream): string {
  return `${tenant ?? stream.tenantId} ${stream.source}`;
}

/** Beyond this many the page would not be read; the rest is counted. */
const SHOWN = 20;

function showNeeds(selector: string, needs: readonly Need[], now: number): void {
  const section = part(selector);
  section.hidden = needs.length === 0;
  const items = needs.slice(0, SHOWN).map((need) => needItem(need, now));
  if (needs.length > SHOWN) items.push(html("li", { class: "quiet" }, `and ${count(needs.length - SHOWN)} more`));
  part(`${selector} .needs`).replaceChildren(...items);
}

function needItem({ code, title, message, remedy, since, nextTry }: Need, now: number): HTMLElement {
  const item = html("li");
  const head = html("h3");
  if (code !== undefined) head.append(html("span", { class: "code" }, code), " ");
  head.append(title);
  item.append(head, html("p", { class: "message" }, message));
  if (remedy !== undefined)
    item.append(html("p", { class: "remedy" }, html("span", {}, "Remedy "), ...withCode(remedy)));
  const times = [
    ...(since === undefined ? [] : [`for ${span(now - since)}, since ${moment(since)} UTC`]),
    ...(nextTry === undefined ? [] : [nextTry > now ? `next try in ${span(nextTry - now)}` : "next try now"]),
  ];
  if (times.length > 0) item.append(html("p", { class: "quiet" }, times.join(" · ")));
  return item;
}

/** What stands between backquotes is a command or a key. */
function withCode(text: string): (string | Node)[] {
  return text.split("`").map((piece, index) => (index % 2 === 1 ? html("code", {}, piece) : piece));
}
