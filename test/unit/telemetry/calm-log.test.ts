import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CalmLog } from "../../../src/telemetry/calm-log.ts";

interface Line {
  readonly level: string;
  readonly message: string;
  readonly more?: number;
  readonly [key: string]: unknown;
}

function calmed() {
  const lines: Line[] = [];
  const note = (level: string) => (message: string, metadata?: object) => lines.push({ level, message, ...metadata });
  const log = { error: note("error"), warn: note("warn"), info: note("info"), debug: note("debug") };
  return { lines, log: new CalmLog(log) };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a calm log", () => {
  it("lets lines that are few go out at once, and forgets them", () => {
    const { lines, log } = calmed();

    for (let minute = 0; minute < 20; minute += 1) {
      log.warn("sink failed, will retry", { sink: "siem", code: "ERF4001" });
      log.info("sink recovered", { sink: "siem" });
      vi.advanceTimersByTime(61_000);
    }

    expect(lines).toHaveLength(40);
  });

  it("sums up what fails all at once, two seconds later", () => {
    const { lines, log } = calmed();
    const fail = (tenantId: number) =>
      log.warn("poll failed, will retry", { tenantId: `t${tenantId}`, source: "signIns", code: "ERF3001" });

    for (let tenant = 0; tenant < 1_000; tenant += 1) fail(tenant);
    expect(lines).toHaveLength(10);
    vi.advanceTimersByTime(2_000);

    expect(lines).toHaveLength(11);
    expect(lines.at(-1)).toMatchObject({
      level: "warn",
      message: "poll failed, will retry",
      code: "ERF3001",
      more: 990,
    });
    expect(lines.at(-1)?.["examples"]).toHaveLength(20);
    expect(lines.at(-1)?.["examples"]).toContain("t10 signIns");
  });

  it("sums up what comes and goes once a minute, still tells of others, and ends with the storm", () => {
    const { lines, log } = calmed();
    const fail = (sink: string) => log.warn("sink failed, will retry", { sink, code: "ERF4001" });

    for (let second = 0; second < 600; second += 2) {
      fail("flapping");
      vi.advanceTimersByTime(2_000);
    }
    fail("other");

    expect(lines.at(-1)).toMatchObject({ sink: "other" });
    // Three at first, one after two seconds, one a minute, and the other sink's.
    expect(lines.length).toBeLessThanOrEqual(3 + 1 + 10 + 1);
    vi.advanceTimersByTime(180_000);
    fail("flapping");
    expect(lines.at(-1)).toMatchObject({ sink: "flapping" });
  });

  it("keeps to a few lines a minute however many fail one after the other", () => {
    const { lines, log } = calmed();

    for (let stream = 0; stream < 3_000; stream += 1) {
      log.warn("poll failed, will retry", { tenantId: `t${stream}`, source: "signIns", code: "ERF3001" });
      vi.advanceTimersByTime(40);
    }

    expect(lines.length).toBeLessThan(50);
  });

  it("loses no line: what went out and what was summed up is what was said", () => {
    const { lines, log } = calmed();

    for (let index = 0; index < 5_000; index += 1) {
      log.error("events rejected, kept as dead letters", { sink: `sink-${index % 7}`, code: "ERF4010" });
      vi.advanceTimersByTime(100);
    }
    log.flush();

    let said = 0;
    for (const { more = 1 } of lines) said += more;
    expect(said).toBe(5_000);
    expect(lines.length).toBeLessThan(40);
  });

  it("tells kinds apart by level, message and code, and holds back no debug line", () => {
    const { lines, log } = calmed();

    for (let index = 0; index < 20; index += 1) {
      log.warn("sink failed, will retry", { sink: "siem", code: "ERF4001" });
      log.debug("page committed");
    }
    log.warn("sink failed, will retry", { sink: "siem", code: "ERF4004" });

    expect(lines.filter(({ level }) => level === "debug")).toHaveLength(20);
    expect(lines.at(-1)).toMatchObject({ code: "ERF4004" });
  });
});
