/** The tick goes on, whatever becomes of the wall clock. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { UNWATCHED } from "../../../src/core/pulse.ts";
import { Schedule } from "../../../src/ingest/schedule.ts";
import { createLog } from "../../../src/telemetry/log.ts";
import { until } from "../../support/poll.ts";

const HOUR = 3_600_000;

/** A wall clock that can be set; timers and the monotonic clock go on as they do. */
function settableClock(): { setBy(ms: number): void } {
  const RealDate = Date;
  let offset = 0;
  class SettableDate extends RealDate {
    constructor(...parts: [] | [number | string]) {
      super(parts.length === 0 ? RealDate.now() + offset : parts[0]);
    }

    static override now(): number {
      return RealDate.now() + offset;
    }
  }
  vi.stubGlobal("Date", SettableDate);
  return { setBy: (ms) => (offset += ms) };
}

describe("the tick", { concurrent: false }, () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it.each([
    ["an hour forward", [HOUR]],
    ["an hour back", [-HOUR]],
    ["forward and back at once", [HOUR, -HOUR]],
    ["by 26 years, as one without a battery is at the start", [26 * 365 * 24 * HOUR]],
  ])("goes on every second when the clock is set %s", async (_name, steps) => {
    const clock = settableClock();
    const ticks: number[] = [];
    const onTick = () => void ticks.push(performance.now());
    const schedule = new Schedule(onTick, createLog({ level: "error", format: "json" }), UNWATCHED);
    schedule.start();
    await until("it ticks", () => ticks.length > 0);
    for (const ms of steps) {
      clock.setBy(ms);
      // Long enough for a tick that sets its successor by the changed clock.
      await sleep(1_200);
    }

    const before = ticks.length;
    await until("it ticks again", () => ticks.length >= before + 2, 20_000);
    await schedule.stop();
    // It does not spin: a first tick that came late is close to the second.
    expect(ticks.length).toBeLessThanOrEqual(2 + (performance.now() - (ticks[0] ?? 0)) / 500);
  });

  it("goes on after one that failed, and tells of it", async () => {
    const told: unknown[] = [];
    const log = { ...createLog({ level: "error", format: "json" }), error: (...said: unknown[]) => told.push(said) };
    let ticks = 0;
    const onTick = () => {
      ticks += 1;
      if (ticks === 1) throw new Error("no");
    };
    const schedule = new Schedule(onTick, log, UNWATCHED);
    schedule.start();
    await until("it ticks again", () => ticks === 2, 20_000);
    await schedule.stop();

    expect(told).toEqual([["tick failed", { error: "no" }]]);
  });
});
