/** The tick goes on, whatever becomes of the wall clock. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, it, vi } from "vitest";
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
    ["forward and back", [HOUR, -HOUR]],
    ["back and forward", [-HOUR, HOUR]],
  ])("goes on when the clock is set an hour %s before anybody looked", async (_name, steps) => {
    const clock = settableClock();
    let ticks = 0;
    const schedule = new Schedule(() => (ticks += 1), createLog({ level: "error", format: "json" }), UNWATCHED);
    schedule.start();
    await until("it ticks", () => ticks > 0);
    for (const ms of steps) {
      clock.setBy(ms);
      // Long enough for a tick that sets its successor by the changed clock.
      await sleep(1_500);
    }

    const before = ticks;
    await until("it ticks again", () => ticks >= before + 3, 20_000);
    await schedule.stop();
  });
});
