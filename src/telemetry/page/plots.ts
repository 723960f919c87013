/** The plots of the last hours, each with a legend and the same as a table. */
import type { HistoryReport } from "../history.ts";
import { chart, type Plot, type Series, sparkline } from "./chart.ts";
import { html, part } from "./element.ts";
import { clock, count, span } from "./wording.ts";

const MINUTE = 60_000;
/** Steps of a scale of time, in milliseconds, that read well. */
const TIME_STEPS = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440].map((minutes) => minutes * MINUTE);

const SOURCE_LOOKS: Readonly<Record<string, string>> = { signIns: "one", riskDetections: "two", riskyUsers: "three" };
/** From the bottom of the stack upwards: what matters most stands on the ground, where it can be compared. */
const LEVELS = ["high", "medium", "low", "other", "none"] as const;
const SHOWN_SINKS = 4;
const SHOWN_TYPES = 8;
const ROWS_MINUTES = 30;

export function showPlots(history: HistoryReport): void {
  const { minutes, levels, types, lagMs, pending } = history;
  const lag = Object.entries(lagMs).map(([name, values]) => ({ name, look: SOURCE_LOOKS[name] ?? "one", values }));
  show("#plot-lag", "How far behind reading is", "the slowest stream of each source", {
    ...coarse(minutes, lag, highest),
    isStacked: false,
    label: span,
    steps: TIME_STEPS,
    description: described("Behind", lag, span),
  });
  const stack = LEVELS.map((name) => ({ name: levelName(name), look: `level-${name}`, values: levels[name] ?? [] }));
  show("#plot-levels", "Events a minute by risk level", "as they were accepted", {
    ...coarse(minutes, stack, mean),
    isStacked: true,
    label: count,
    description: described("Events a minute", stack, count),
  });
  const sinks = backlog(pending);
  show("#plot-backlog", "Waiting for sinks", "events", {
    ...coarse(minutes, sinks, highest),
    isStacked: false,
    label: count,
    description: described("Waiting events", sinks, count),
  });
  showTypes(minutes, types);
}

function show(selector: string, title: string, remark: string, plot: Plot): void {
  const figure = part(selector);
  // What can be opened and focused stays where it is; only what is in it is made anew.
  if (figure.querySelector("details") === null) {
    const table = html("div", { class: "table" });
    const caption = html("figcaption", {}, html("strong", {}, title), " ", html("span", { class: "quiet" }, remark));
    const details = html("details", {}, html("summary", {}, "As a table"), table);
    figure.append(caption, html("div", { class: "drawn" }), details);
  }
  const width = Math.max(280, figure.clientWidth - 34);
  part(`${selector} .drawn`).replaceChildren(legend(plot), chart(plot, width));
  part(`${selector} .table`).replaceChildren(tableOf(plot, title));
}

/** With the latest value of each: the eye need not follow the line. */
function legend({ series, label }: Plot): HTMLElement {
  const items = series.map(({ name, look, values }) => {
    const latest = values.findLast((value) => value !== null);
    return html("li", { class: look }, `${name} ${latest === undefined ? "" : label(latest)}`);
  });
  return html("ul", { class: "legend" }, ...items);
}

type Summary = (values: readonly number[]) => number;

/** Five minutes together once there is more than an hour and a half: a minute would be a pixel wide. */
function coarse(minutes: readonly number[], series: readonly Series[], summary: Summary) {
  const stepMs = (minutes.length > 90 ? 5 : 1) * MINUTE;
  const starts = [...new Set(minutes.map((minute) => Math.floor(minute / stepMs) * stepMs))];
  const places = minutes.map((minute) => starts.indexOf(Math.floor(minute / stepMs) * stepMs));
  const together = ({ name, look, values }: Series): Series => {
    const groups: number[][] = starts.map(() => []);
    for (const [index, value] of values.entries()) if (value !== null) groups[places[index] ?? 0]?.push(value);
    return { name, look, values: groups.map((group) => (group.length === 0 ? null : summary(group))) };
  };
  return { starts, stepMs, series: series.map(together) };
}

function highest(values: readonly number[]): number {
  return Math.max(...values);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

/** Half hours: the most of each for what has a size, which is what an operator looks for. */
function tableOf({ starts: times, series, label }: Plot, title: string): HTMLElement {
  const starts = [...new Set(times.map((time) => Math.floor(time / (ROWS_MINUTES * MINUTE))))].toReversed();
  const head = ["From", ...series.map(({ name }) => name)].map((name) => html("th", { scope: "col" }, name));
  const rows = starts.map((start) => {
    const isInside = (index: number) => Math.floor((times[index] ?? 0) / (ROWS_MINUTES * MINUTE)) === start;
    const most = ({ values }: Series) =>
      Math.max(-1, ...values.map((value, index) => (isInside(index) ? (value ?? -1) : -1)));
    const cells = series.map((one) => html("td", {}, most(one) < 0 ? "–" : label(most(one))));
    return html("tr", {}, html("th", { scope: "row" }, clock(start * ROWS_MINUTES * MINUTE)), ...cells);
  });
  const caption = html("caption", {}, `${title}: the most of each half hour`);
  return html(
    "table",
    { class: "figures" },
    caption,
    html("thead", {}, html("tr", {}, ...head)),
    html("tbody", {}, ...rows),
  );
}

/** What the picture says, in a sentence. */
function described(what: string, series: readonly Series[], label: (value: number) => string): string {
  const parts = series.map(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    if (known.length === 0) return `${name} not known`;
    return `${name} now ${label(known.at(-1) ?? 0)}, at most ${label(Math.max(...known))}`;
  });
  return `${what}: ${parts.join("; ")}.`;
}

/** The sinks that had the most waiting; the others would be lines along the ground. */
function backlog(pending: HistoryReport["pending"]): Series[] {
  return Object.entries(pending)
    .map(([name, values]) => ({ name, values, most: Math.max(0, ...values.map((value) => value ?? 0)) }))
    .toSorted((one, other) => other.most - one.most)
    .slice(0, SHOWN_SINKS)
    .map(({ name, values }, index) => ({ name, values, look: ["one", "two", "three", "four"][index] ?? "one" }));
}

function levelName(level: string): string {
  return level === "other" ? "hidden or unknown" : level;
}

function showTypes(minutes: readonly number[], types: HistoryReport["types"]): void {
  const figure = part("#plot-types");
  const caption = html("figcaption", {}, html("strong", {}, "Events by risk type"));
  const rows = Object.entries(types)
    .map(([name, values]) => ({
      name,
      bars: coarse(minutes, [{ name, look: "one", values }], mean).series[0]?.values ?? [],
      all: sum(values),
      hour: sum(values.slice(-60)),
    }))
    .filter(({ all }) => all > 0)
    .toSorted((one, other) => other.all - one.all);
  if (rows.length === 0) {
    figure.replaceChildren(caption, html("p", { class: "quiet" }, "No events yet."));
    return;
  }
  const columns = [
    html("th", { scope: "col", class: "picture" }, "By minute"),
    ...["Last hour", "All"].map((name) => html("th", { scope: "col" }, name)),
  ];
  const head = [html("th", { scope: "col" }, "Type"), ...columns];
  const body = rows.slice(0, SHOWN_TYPES).map(({ name, bars, all, hour }) =>
    html(
      "tr",
      {},
      html("th", { scope: "row" }, typeName(name)),
      html(
        "td",
        { class: "picture" },
        sparkline(
          bars.map((value) => value ?? 0),
          120,
          18,
        ),
      ),
      html("td", {}, count(hour)),
      html("td", {}, count(all)),
    ),
  );
  const table = html(
    "table",
    { class: "figures" },
    html("thead", {}, html("tr", {}, ...head)),
    html("tbody", {}, ...body),
  );
  const more = rows.length - SHOWN_TYPES;
  figure.replaceChildren(caption, table, ...(more > 0 ? [html("p", { class: "quiet" }, `and ${more} rarer`)] : []));
}

/** Graph's own name, but for what has none. */
function typeName(type: string): string {
  if (type === "signIn") return "sign-in without a type";
  if (type === "riskyUser") return "risky user";
  return type;
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
