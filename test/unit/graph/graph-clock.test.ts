import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { GraphClock } from "../../../src/graph/graph-clock.ts";

describe("GraphClock", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it("is the latest Date and the time since, whatever happens to the host's clock", () => {
    const clock = new GraphClock();
    const date = Date.UTC(2026, 9, 14, 7, 0, 12);

    expect(clock.now()).toBeUndefined();
    expect(clock.observe("Wed, 14 Oct 2026 07:00:12 GMT", performance.now())).toBe(date);
    vi.setSystemTime(0);
    vi.advanceTimersByTime(2_500);
    expect(clock.now()).toBe(date + 2_500);

    // It has waited for half a second since it came.
    clock.observe("Wed, 14 Oct 2026 07:00:13 GMT", performance.now() - 500);
    expect(clock.now()).toBe(date + 1_500);
  });

  it("leaves out what is no date", () => {
    const clock = new GraphClock();

    expect(clock.observe("yesterday", 0)).toBeUndefined();
    expect(clock.observe(undefined, 0)).toBeUndefined();
    expect(clock.now()).toBeUndefined();
  });
});
