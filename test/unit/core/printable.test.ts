import { describe, expect, it } from "vitest";
import { printableJson } from "../../../src/core/printable.ts";

/** A terminal takes the second for the first; the others turn what follows around. */
const HOSTILE = ["\u001b[2J", "\u009b2J", "\u202egpj", "\u200f!", "\u061c?", "\u2028", "\u007f"];
const IN_NEED = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufeff]/u;

describe("text for a terminal", () => {
  it.each(HOSTILE)("holds nothing as JSON that a terminal obeys, and tells it all the same: %j", (text) => {
    const json = printableJson(JSON.stringify({ [text]: text }));

    expect(json).not.toMatch(IN_NEED);
    expect(JSON.parse(json)).toEqual({ [text]: text });
  });
});
