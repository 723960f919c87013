import { describe, expect, it } from "vitest";
import { BlockedError, TransientError } from "../../../src/core/errors.ts";
import { failed, NEW_HEALTH, succeeded, waitAfterRestart } from "../../../src/core/health.ts";

const NOW = 1_000_000;
const unreachable = new TransientError("ERF4001", "not there");
const refused = new BlockedError("ERF2002", "wrong secret", "mend it");

describe("health", () => {
  it("counts failures in a row and keeps the last success and since when the trouble lasts", () => {
    const one = failed(succeeded(NOW), unreachable, NOW + 1, 500);
    const two = failed(one, unreachable, NOW + 2, 900);
    const other = failed(two, refused, NOW + 3, 30_000);

    expect(two).toMatchObject({ condition: "waiting", failures: 2, notBefore: NOW + 902, lastSuccess: NOW });
    expect(two.trouble).toMatchObject({ code: "ERF4001", since: NOW + 1 });
    expect(other).toMatchObject({ condition: "blocked", failures: 3, lastSuccess: NOW, trouble: { since: NOW + 3 } });
  });

  it("takes no time to come for the beginning of trouble, after a clock was set back", () => {
    const ahead = failed(NEW_HEALTH, unreachable, NOW, 500);

    expect(failed(ahead, unreachable, NOW - 7_200_000, 500).trouble).toMatchObject({ since: NOW - 7_200_000 });
  });

  it("lets a restart wait for the rest of a back-off, and try at once what an operator had to mend", () => {
    const waiting = failed(NEW_HEALTH, unreachable, NOW, 20_000);

    expect(waitAfterRestart(waiting, NOW + 5_000, 30_000)).toBe(15_000);
    expect(waitAfterRestart(waiting, NOW + 25_000, 30_000)).toBe(0);
    expect(waitAfterRestart(waiting, NOW - 3_600_000, 30_000)).toBe(30_000);
    expect(waitAfterRestart(failed(NEW_HEALTH, refused, NOW, 20_000), NOW, 30_000)).toBe(0);
    expect(waitAfterRestart(NEW_HEALTH, NOW, 30_000)).toBe(0);
  });
});
