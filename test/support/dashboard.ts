/** The shipped Grafana dashboard, as far as tests look at it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const FILE = join(import.meta.dirname, "../../config/grafana/dashboard.json");

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string }[];
}

export function dashboardPanels(): readonly Panel[] {
  const { panels }: { panels: readonly Panel[] } = JSON.parse(readFileSync(FILE, "utf8"));
  return panels;
}

/** What it asks Prometheus for, its variables as Grafana writes them. */
export function dashboardExpressions(): string[] {
  return dashboardPanels().flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
}
