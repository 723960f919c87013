import { describe, expect, it } from "vitest";
import { goldenCases, goldenFormat } from "../../../support/cef-golden.ts";

describe("golden lines", () => {
  it.each(goldenCases())("$name", ({ event, options, expected }) => {
    expect(`${goldenFormat(options).format(event, 8_000)}\n`).toBe(expected);
  });
});
