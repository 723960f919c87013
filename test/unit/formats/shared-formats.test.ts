import { describe, expect, it } from "vitest";
import type { StoredEvent } from "../../../src/core/event.ts";
import { SharedFormats } from "../../../src/formats/shared-formats.ts";

const CEF = { type: "cef", hardEquals: false, spaceAfterHeader: false } as const;
const DEPENDENCIES = { version: "1.2.3", hostname: "collector" };

/** An event that tells how often its record was looked at. */
function watched(): { readonly event: StoredEvent; readonly looks: () => number } {
  let looks = 0;
  const record = {
    get userDisplayName() {
      looks += 1;
      return "x".repeat(600);
    },
  };
  const stream = { tenantId: "t", source: "riskDetections" } as const;
  return { event: { seq: 1, stream, id: "1", revision: 1, time: 1, record }, looks: () => looks };
}

describe("shared formats", () => {
  it("format an event once for sinks that want it alike", () => {
    const formats = new SharedFormats(() => true);
    const { event, looks } = watched();

    const first = formats.of(CEF, DEPENDENCIES).format(event, 8_000);
    const second = formats.of({ ...CEF }, { ...DEPENDENCIES }).format(event, 8_000);

    expect(second).toBe(first);
    expect(looks()).toBe(1);
  });

  it("format it anew for another length and for other settings", () => {
    const formats = new SharedFormats(() => true);
    const { event } = watched();
    const long = formats.of(CEF, DEPENDENCIES).format(event, 8_000);

    expect(formats.of(CEF, DEPENDENCIES).format(event, 500).length).toBeLessThan(long.length);
    expect(formats.of({ ...CEF, spaceAfterHeader: true }, DEPENDENCIES).format(event, 8_000)).not.toBe(long);
  });

  it("remember nothing for one sink", () => {
    const formats = new SharedFormats(() => false);
    const { event, looks } = watched();

    formats.of(CEF, DEPENDENCIES).format(event, 8_000);
    formats.of(CEF, DEPENDENCIES).format(event, 8_000);

    expect(looks()).toBe(2);
  });
});
