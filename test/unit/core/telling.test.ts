import { expect, it } from "vitest";
import { BlockedError, TransientError, UnavailableError } from "../../../src/core/errors.ts";
import { failed, type Health, NEW_HEALTH, succeeded } from "../../../src/core/health.ts";
import { Telling, toldOf } from "../../../src/core/telling.ts";

const unreachable = new TransientError("ERF3001", "unreachable");
const throttled = new TransientError("ERF3002", "throttled");
const blocked = new BlockedError("ERF3007", "no permission", "grant it");
const unavailable = new UnavailableError("ERF3008", "no licence", "none");

/** What is told of a story of errors (undefined: a success), each at a second. */
function told(story: readonly (readonly [second: number, error: Error | undefined])[]) {
  const telling = new Telling();
  let health: Health = NEW_HEALTH;
  return story.map(([second, error]) => {
    const now = second * 1_000;
    health = error === undefined ? succeeded(now) : failed(health, error, now, 0);
    return telling.changeTo(health, now);
  });
}

it("tells at once where an operator must act, once, and of the recovery", () => {
  expect(
    told([
      [0, blocked],
      [300, blocked],
      [600, undefined],
      [660, undefined],
    ]),
  ).toEqual(["Parked", undefined, "Recovered", undefined]);
});

it("tells of what is retried when it has lasted a minute", () => {
  expect(
    told([
      [0, unreachable],
      [59, unreachable],
      [60, unreachable],
      [90, unreachable],
      [91, undefined],
    ]),
  ).toEqual([undefined, undefined, "Failing", undefined, "Recovered"]);
});

it("keeps still about trouble that passes", () => {
  expect(
    told([
      [0, unreachable],
      [10, undefined],
      [61, unreachable],
      [70, undefined],
    ]),
  ).toEqual([undefined, undefined, undefined, undefined]);
});

it("tells throttling, licences and a change of trouble apart", () => {
  expect(
    told([
      [0, throttled],
      [61, throttled],
      [62, blocked],
      [63, unavailable],
    ]),
  ).toEqual([undefined, "Throttled", "Parked", "Resting"]);
});

it("carries condition, code and remedy", () => {
  expect(toldOf(failed(NEW_HEALTH, blocked, 0, 0))).toEqual({
    condition: "blocked",
    code: "ERF3007",
    remedy: "grant it",
    message: "no permission",
  });
  expect(toldOf(succeeded(0))).toEqual({
    condition: "working",
    code: undefined,
    remedy: undefined,
    message: "all is well",
  });
});

it("tells of the recovery from what an earlier run told", () => {
  const telling = new Telling();
  telling.resume(failed(NEW_HEALTH, blocked, 0, 0), 60_000);

  expect(telling.changeTo(failed(NEW_HEALTH, blocked, 0, 0), 61_000)).toBeUndefined();
  expect(telling.changeTo(succeeded(62_000), 62_000)).toBe("Recovered");
});
