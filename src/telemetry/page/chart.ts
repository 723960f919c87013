/** One plot in SVG: lines or stacked bars over time, as wide as the place that it is for. */
import { svg } from "./element.ts";
import { clock } from "./wording.ts";

export interface Series {
  readonly name: string;
  /** The class that gives it its colour and its dashes. */
  readonly look: string;
  readonly values: readonly (number | null)[];
}

export interface Plot {
  /** When each value's time began. */
  readonly starts: readonly number[];
  /** How long each value's time was. */
  readonly stepMs: number;
  readonly series: readonly Series[];
  readonly isStacked: boolean;
  /** A value as the axis shows it. */
  readonly label: (value: number) => string;
  /** Steps that a grid of this many units may have; by default 1, 2 and 5 of each power of ten. */
  readonly steps?: readonly number[];
  readonly description: string;
}

interface Scale {
  readonly x: (minute: number) => number;
  readonly y: (value: number) => number;
  readonly width: number;
  readonly top: number;
}

const HEIGHT = 190;
const EDGE = { left: 52, right: 8, top: 10, bottom: 22 };
const MINUTE = 60_000;
/** A young history is not drawn wider than this allows. */
const LEAST_MS = 15 * MINUTE;

export function chart(plot: Plot, width: number): SVGElement {
  const scale = scaleOf(plot, width);
  const picture = svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img" });
  picture.setAttribute("aria-label", plot.description);
  picture.append(...grid(plot, scale), ...hours(plot, scale));
  picture.append(...(plot.isStacked ? bars(plot, scale) : lines(plot, scale)));
  return picture;
}

/** A small picture of one series, without axes. */
export function sparkline(values: readonly number[], width: number, height: number): SVGElement {
  const highest = Math.max(1, ...values);
  const step = width / Math.max(1, values.length);
  const bar = (value: number, index: number) => {
    const tall = value === 0 ? 0 : Math.max(1, (value / highest) * height);
    return `M${(index * step).toFixed(2)} ${height}v${(-tall).toFixed(2)}h${step.toFixed(2)}v${tall.toFixed(2)}Z`;
  };
  const path = svg("path", { d: values.map(bar).join(""), class: "spark" });
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": true }, path);
}

function scaleOf({ starts, stepMs, series, isStacked, steps }: Plot, width: number): Scale {
  const last = (starts.at(-1) ?? 0) + stepMs;
  const first = Math.min(starts[0] ?? 0, last - LEAST_MS);
  const highest = isStacked
    ? Math.max(0, ...starts.map((_, index) => heightOf(series, index)))
    : Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const top = niceTop(highest, steps);
  const inner = { width: width - EDGE.left - EDGE.right, height: HEIGHT - EDGE.top - EDGE.bottom };
  return {
    x: (minute) => EDGE.left + ((minute - first) / (last - first)) * inner.width,
    y: (value) => EDGE.top + (1 - value / top) * inner.height,
    width,
    top,
  };
}

function heightOf(series: readonly Series[], index: number): number {
  let height = 0;
  for (const { values } of series) height += values[index] ?? 0;
  return height;
}

/** Twice a round number, so that both the middle and the top of the grid are round. */
function niceTop(highest: number, steps: readonly number[] = []): number {
  const half = highest / 2;
  const given = steps.find((step) => step >= half);
  if (given !== undefined) return 2 * given;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, half)));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= half) ?? 10;
  return 2 * step * power;
}

function grid({ label }: Plot, { y, width, top }: Scale): SVGElement[] {
  return [0, top / 2, top].flatMap((value) => [
    svg("line", { x1: EDGE.left, x2: width - EDGE.right, y1: y(value), y2: y(value), class: "grid" }),
    svg("text", { x: EDGE.left - 8, y: y(value) + 4, class: "label end" }, label(value)),
  ]);
}

/** Times below the plot, as many as there is room for. */
function hours({ starts, stepMs }: Plot, { x, width }: Scale): SVGElement[] {
  const last = (starts.at(-1) ?? 0) + stepMs;
  const first = Math.min(starts[0] ?? 0, last - LEAST_MS);
  const room = Math.max(1, Math.floor((width - EDGE.left) / 64));
  const step = [5, 10, 15, 30, 60, 120].find((size) => (last - first) / (size * MINUTE) <= room) ?? 180;
  const marks: SVGElement[] = [];
  for (let at = Math.ceil(first / (step * MINUTE)) * step * MINUTE; at <= last; at += step * MINUTE) {
    if (x(at) > width - 20 || x(at) < EDGE.left + 14) continue;
    marks.push(svg("text", { x: x(at), y: HEIGHT - 5, class: "label middle" }, clock(at)));
  }
  return marks;
}

/** A value stands in the middle of its time. */
function lines({ starts, stepMs, series }: Plot, { x, y }: Scale): SVGElement[] {
  const middles = starts.map((start) => x(start + stepMs / 2));
  return series.flatMap(({ look, values }) => {
    let d = "";
    let isDrawing = false;
    for (const [index, value] of values.entries()) {
      if (value !== null) d += `${isDrawing ? "L" : "M"}${middles[index]?.toFixed(1)} ${y(value).toFixed(1)}`;
      isDrawing = value !== null;
    }
    const latest = values.findLastIndex((value) => value !== null);
    const end = { cx: middles[latest] ?? 0, cy: y(values[latest] ?? 0), r: 3, class: `dot ${look}` };
    return [svg("path", { d, class: `line ${look}` }), ...(latest < 0 ? [] : [svg("circle", end)])];
  });
}

function bars({ starts, stepMs, series }: Plot, { x, y }: Scale): SVGElement[] {
  const base = starts.map(() => 0);
  return series.map(({ look, values }) => {
    let d = "";
    for (const [index, value] of values.entries()) {
      const from = base[index] ?? 0;
      const to = from + (value ?? 0);
      base[index] = to;
      if (to === from) continue;
      const start = starts[index] ?? 0;
      const [left, right] = [x(start).toFixed(1), x(start + stepMs).toFixed(1)];
      d += `M${left} ${y(from).toFixed(1)}V${y(to).toFixed(1)}H${right}V${y(from).toFixed(1)}Z`;
    }
    return svg("path", { d, class: `bar ${look}` });
  });
}
