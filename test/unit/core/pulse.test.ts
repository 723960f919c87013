/** Which loops count as hanging. */
import { describe, expect, it } from "vitest";
import { Pulses } from "../../../src/core/pulse.ts";

const GRACE_MS = 60_000;

function scene() {
  let now = 0;
  const pulses = new Pulses(() => now);
  const after = (ms: number) => {
    now += ms;
    return pulses.overdue(GRACE_MS);
  };
  return { pulses, after };
}

describe("a pulse", () => {
  it("is overdue when a step takes longer than the grace", () => {
    const { pulses, after } = scene();
    pulses.of("stuck").beat();

    expect(after(GRACE_MS)).toEqual([]);
    expect(after(1)).toEqual(["stuck"]);
  });

  it("is not overdue while it waits for what it told of, an hour of Retry-After for instance", () => {
    const { pulses, after } = scene();
    pulses.of("throttled").beat(3_600_000);

    expect(after(3_600_000 + GRACE_MS)).toEqual([]);
    expect(after(1)).toEqual(["throttled"]);
  });

  it("is overdue alone, however well the others do", () => {
    const { pulses, after } = scene();
    const [good, stuck] = [pulses.of("good"), pulses.of("stuck")];
    stuck.beat();
    for (let minute = 0; minute < 5; minute += 1) {
      good.beat();
      after(30_000);
    }

    expect(after(0)).toEqual(["stuck"]);
    stuck.beat();
    expect(after(0)).toEqual([]);
  });

  it("is never overdue at rest, before its first beat and after its end", () => {
    const { pulses, after } = scene();
    const [fresh, resting, ended] = [pulses.of("fresh"), pulses.of("resting"), pulses.of("ended")];
    resting.beat();
    resting.rest();
    ended.beat();
    ended.end();

    expect(after(10 * GRACE_MS)).toEqual([]);
    for (const pulse of [fresh, resting]) pulse.beat();
    expect(after(2 * GRACE_MS)).toEqual(["fresh", "resting"]);
  });

  it("is over for good: a goodbye after the end that takes its time is no loop that hangs", () => {
    const { pulses, after } = scene();
    const ended = pulses.of("ended");
    ended.end();
    ended.beat(30_000);

    expect(after(10 * GRACE_MS)).toEqual([]);
  });
});
