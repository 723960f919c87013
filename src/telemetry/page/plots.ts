/** The plots of the last hours, each with a legend and the same as a table. */
import type { HistoryReport } from "../history.ts";
import { chart, type Plot, type Series, sparkline } from "./chart.ts";
import { html, part } from "./element.ts";
import { clock, count, span } from "./wording.ts";

const MINUTE = 60_000;
/** Steps of a scale of time, in milliseconds, that read well. */
const TIME_STEPS = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440].map((minutes) => minutes * MINUTE);

const SOURCE_LOOKS: Readonly<Record<string, string>> = { signIns: "one", riskDetections: "two", riskyUsers: "three" };
/** From the bottom of the stack upwards. */
const LEVELS = ["none", "other", "low", "medium", "high"] as const;
const SHOWN_SINKS = 4;
const SHOWN_TYPES = 8;
const ROWS_MINUTES = 30;

export function showPlots({ minutes, levels, types, lagMs, pending }: HistoryReport): void {
  const plotted = (series: readonly Series[], plot: Omit<Plot, "minutes" | "series">) => ({ minutes, series, ...plot });
  const lag = Object.entries(lagMs).map(([name, values]) => ({ name, look: SOURCE_LOOKS[name] ?? "one", values }));
  show("#plot-lag", "How far behind reading is", "the slowest stream of each source", {
    ...plotted(lag, { isStacked: false, label: span, steps: TIME_STEPS, description: described("Behind", lag, span) }),
  });
  const stack = LEVELS.map((name) => ({ name: levelName(name), look: `level-${name}`, values: levels[name] ?? [] }));
  show("#plot-levels", "Events a minute by risk level", "as they were accepted", {
    ...plotted(stack, { isStacked: true, label: count, description: described("Events a minute", stack, count) }),
  });
  const sinks = backlog(pending);
  show("#plot-backlog", "Waiting for sinks", "events", {
    ...plotted(sinks, { isStacked: false, label: count, description: described("Waiting events", sinks, count) }),
  });
  showTypes(types);
}

function show(selector: string, title: string, remark: string, plot: Plot): void {
  const figure = part(selector);
  const isOpen = figure.querySelector("details")?.open ?? false;
  const width = Math.max(280, figure.clientWidth - 34);
  const caption = html("figcaption", {}, html("strong", {}, title), " ", html("span", { class: "quiet" }, remark));
  const details = html("details", { open: isOpen }, html("summary", {}, "As a table"), tableOf(plot, title));
  figure.replaceChildren(caption, legend(plot.series), chart(plot, width), details);
}

function legend(series: readonly Series[]): HTMLElement {
  const items = series.toReversed().map(({ name, look }) => html("li", { class: look }, name));
  return html("ul", { class: "legend" }, ...items);
}

/** Half hours: the most of each for what has a size, which is what an operator looks for. */
function tableOf({ minutes, series, label }: Plot, title: string): HTMLElement {
  const starts = [...new Set(minutes.map((minute) => Math.floor(minute / (ROWS_MINUTES * MINUTE))))].toReversed();
  const head = ["From", ...series.map(({ name }) => name)].map((name) => html("th", { scope: "col" }, name));
  const rows = starts.map((start) => {
    const isInside = (index: number) => Math.floor((minutes[index] ?? 0) / (ROWS_MINUTES * MINUTE)) === start;
    const most = ({ values }: Series) =>
      Math.max(-1, ...values.map((value, index) => (isInside(index) ? (value ?? -1) : -1)));
    const cells = series.map((one) => html("td", {}, most(one) < 0 ? "–" : label(most(one))));
    return html("tr", {}, html("th", { scope: "row" }, clock(start * ROWS_MINUTES * MINUTE)), ...cells);
  });
  const caption = html("caption", {}, `${title}: the highest minute of each half hour`);
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

function showTypes(types: HistoryReport["types"]): void {
  const figure = part("#plot-types");
  const caption = html("figcaption", {}, html("strong", {}, "Events by risk type"));
  const rows = Object.entries(types)
    .map(([name, values]) => ({ name, values, all: sum(values), hour: sum(values.slice(-60)) }))
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
  const body = rows
    .slice(0, SHOWN_TYPES)
    .map(({ name, values, all, hour }) =>
      html(
        "tr",
        {},
        html("th", { scope: "row" }, typeName(name)),
        html("td", { class: "picture" }, sparkline(values, 120, 18)),
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
