/** What the status page's plots are drawn from: counted by the minute, and bounded whatever comes. */
import { describe, expect, it } from "vitest";
import { History } from "../../../src/telemetry/history.ts";
import { configuredWith, NOW, reportWith, sinkOf, streamOf } from "../../support/report.ts";

const MINUTE = 60_000;

const riskOf = (level: unknown, type: unknown) => ({ level, type });

describe("the history", () => {
  it("counts events by risk level and type in the minute in which they were accepted", () => {
    const history = new History();
    history.count([riskOf("none", "signIn")], NOW);
    history.count([riskOf("high", "anonymizedIPAddress")], NOW);
    history.count([riskOf("medium", "anonymizedIPAddress")], NOW + MINUTE);
    history.count([riskOf("hidden", "riskyUser")], NOW + MINUTE + 59_999);

    const { minutes, levels, types } = history.report();

    expect(minutes).toEqual([NOW, NOW + MINUTE]);
    expect(levels).toEqual({ high: [1, 0], medium: [0, 1], low: [0, 0], none: [1, 0], other: [0, 1] });
    expect(types).toEqual({ signIn: [1, 0], anonymizedIPAddress: [1, 1], riskyUser: [0, 1] });
  });

  it("keeps the slowest stream of each source and what waits for each sink", () => {
    const history = new History();
    const books = { ...sinkOf("siem").books, pending: 106 };
    const streams = [streamOf(1), streamOf(2, { mark: NOW - 90_000 })];

    history.observe(reportWith({ streams, sinks: [sinkOf("siem", { books }), sinkOf("archive")] }));

    const { lagMs, pending } = history.report();
    expect(lagMs).toEqual({ signIns: [90_000], riskDetections: [null], riskyUsers: [null] });
    expect(pending).toEqual({ siem: [106], archive: [0] });
  });

  it("keeps six hours and not more", () => {
    const history = new History();
    for (let minute = 0; minute < 1_000; minute += 1)
      history.count([riskOf(undefined, "riskyUser")], NOW + minute * MINUTE);

    const { minutes, types } = history.report();

    expect(minutes).toHaveLength(360);
    expect(minutes.at(-1)).toBe(NOW + 999 * MINUTE);
    expect(types["riskyUser"]).toHaveLength(360);
  });

  it("stays small whatever types and however many sinks there are, and has room for new types later", () => {
    const history = new History();
    const hostile = Array.from({ length: 5_000 }, (_, index) => riskOf("low", `type${index}`));
    const odd = ["<img src=x>", "__proto__", "", "a b", "x".repeat(65), null, { toString: null }, ["one"]];
    history.count(hostile, NOW);
    history.count(
      odd.map((type) => riskOf({ toString: null }, type)),
      NOW,
    );
    const names = Array.from({ length: 100 }, (_, index) => `sink-${index}`);
    history.observe(reportWith({ sinks: names.map((name) => sinkOf(name)) }, configuredWith(1, names)));

    const full = history.report();
    history.count([riskOf("high", "leakedCredentials")], NOW + 361 * MINUTE);

    expect(Object.keys(full.types).length).toBeLessThanOrEqual(41);
    expect(full.types["other"]?.[0]).toBeGreaterThan(4_900);
    expect(Object.keys(full.pending)).toHaveLength(17);
    expect(history.report().types).toEqual({ leakedCredentials: [1] });
  });

  it("goes on with its latest minute when the clock is set back", () => {
    const history = new History();
    history.count([riskOf(undefined, "riskyUser")], NOW);
    history.count([riskOf(undefined, "riskyUser")], NOW - 3_600_000);

    expect(history.report()).toMatchObject({ minutes: [NOW], types: { riskyUser: [2] } });
  });
});
