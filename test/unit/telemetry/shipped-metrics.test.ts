/** The alert rules and the dashboard that are shipped must tell of metrics and codes that exist. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ERROR_CODES } from "../../../src/core/codes.ts";
import { Metrics } from "../../../src/telemetry/metrics.ts";
import { dashboardExpressions, dashboardPanels } from "../../support/dashboard.ts";
import { metricsOf } from "../../support/exposition.ts";

const CONFIG = join(import.meta.dirname, "../../../config");
const rules = readFileSync(join(CONFIG, "prometheus/alerts.yaml"), "utf8");

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const alerts: readonly Rule[] = parse(rules).groups.flatMap(({ rules: found }: { rules: Rule[] }) => found);

/** Names of metrics as expressions have them, a histogram's buckets as the histogram. */
function namesIn(expressions: readonly string[]): string[] {
  const found = expressions.join("\n").matchAll(/\b(?:entra_risk_forwarder|process|nodejs)_\w+/g);
  return [...new Set([...found].map(([name]) => name.replace(/_bucket$/, "")))];
}

describe("the alert rules and the dashboard", () => {
  it("name metrics that exist", async () => {
    const metrics = new Metrics();
    metrics.collectProcess();
    const existing = metricsOf(await metrics.text()).map(({ name }) => name);

    const named = namesIn([...alerts.map(({ expr }) => expr), ...dashboardExpressions()]);

    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !existing.includes(name))).toEqual([]);
  });

  it("name error codes that exist", () => {
    const codes = [...rules.matchAll(/ERF\d{4}/g)].map(([code]) => code);

    expect(codes.length).toBeGreaterThan(10);
    expect(codes.filter((code) => !(code in ERROR_CODES))).toEqual([]);
  });

  it("say of each alert how bad it is, what it is, what to do and where to read on", () => {
    for (const { labels, annotations } of alerts) {
      expect(labels["severity"]).toMatch(/^(critical|warning)$/);
      expect(Object.keys(annotations)).toEqual(["summary", "description", "runbook"]);
    }
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
  });

  it("leave the choice of the data source to whoever imports the dashboard", () => {
    const shown = dashboardPanels().filter(({ type }) => type !== "row");

    expect(shown.length).toBeGreaterThan(15);
    expect(shown.filter(({ datasource }) => datasource?.uid !== "${datasource}").map(({ title }) => title)).toEqual([]);
    expect(new Set(dashboardPanels().map(({ id }) => id)).size).toBe(dashboardPanels().length);
  });

  it("are in the README, each of them", () => {
    const readme = readFileSync(join(CONFIG, "../README.md"), "utf8");

    expect(alerts.map(({ alert }) => alert).filter((alert) => !readme.includes(short(alert)))).toEqual([]);
  });
});

/** The README leaves the product's name out. */
function short(alert: string): string {
  return `\`${alert.replace("EntraRiskForwarder", "")}\``;
}
