import { expect, it } from "vitest";
import { daysLeft, thresholdOf } from "../../../src/core/expiry.ts";

const NOW = Date.parse("2026-11-25T12:00:00Z");
const DAY = 86_400_000;

it.each([
  [31 * DAY, 31, undefined],
  [30 * DAY + 1, 31, undefined],
  [30 * DAY, 30, 30],
  [14 * DAY + 1, 15, 30],
  [14 * DAY, 14, 14],
  [7 * DAY, 7, 7],
  [DAY + 1, 2, 7],
  [DAY, 1, 1],
  [1, 1, 1],
  [0, 0, 0],
  [-DAY, 0, 0],
])("%d ms before the end there are %d days left, and the threshold is %s", (ms, days, threshold) => {
  expect(daysLeft(NOW + ms, NOW)).toBe(days);
  expect(thresholdOf(NOW + ms, NOW)).toBe(threshold);
});
