import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  clean,
  escape,
  hardenEquals,
  headerValue,
  truncate,
  truncateBytes,
} from "../../../../src/formats/cef/encoder.ts";

describe("clean", () => {
  it.each([
    ["CEF:0|a", "C_EF:0|a"],
    ["xcEf 0|", "xc_Ef 0|"],
    ["CEFCEF", "C_EFC_EF"],
    ["CECEFF", "CEC_EFF"],
    ["LEEF:2.0", "LE_EF:2.0"],
    ["leef", "leef"],
    ["C\u0000EF:0", "C EF:0"],
    ["\ufeffCEF:0", "C_EF:0"],
    ["a \t\u2028 b", "a b"],
    ["l1\r\nl2\rl3\n", "l1\nl2\rl3"],
    ["\udc00\ud800", "\ufffd\ufffd"],
    ["\u0000\u200e", "\u200e"],
    ["\u001f \u009f", ""],
  ])("makes %j into %j", (text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  it.each([" ", "\0", "\u202e", "\n"])("finds what comes after a very long run of %j", (blank) => {
    expect(clean(`${blank.repeat(65_536)}a b`)).toBe("a b");
  });

  it.each([
    "1cef5d1a-0c77-4a1e-8e52-6f1d2c9a0b00",
    "1cef5d1a-0c77-4a1e-8e52-6f1d2c9a0b00@3",
    '{"appId":"1cef5d1a-0c77-4a1e-8e52-6f1d2c9a0b00"}',
    "cef".padEnd(64, "0"),
    "cef".padEnd(32, "0"),
  ])("leaves the id in %s as it is", (text) => {
    expect(clean(text)).toBe(text);
  });

  it.each([
    "1CEF5D1A-0C77-4A1E-8E52-6F1D2C9A0B00",
    "0 1cef5d1a-0c77-4a1e-8e52-6f1d2c9a0b00",
    `${"0".repeat(29)}cef:0|`,
    "x1cef5d1a-0c77-4a1e-8e52-6f1d2c9a0b00",
    "1cef5d1a-0c77-4a1e-8e52-6f1d2c9a0b00x",
    "1cef5d1a-0c77-4a1e-8e52-6f1d2c9a0b00|CEF:0",
    "cef".padEnd(31, "0"),
    "cef".padEnd(33, "0"),
    "cef".padEnd(63, "0"),
    "cef".padEnd(65, "0"),
  ])("takes %s for no id", (text) => {
    expect(clean(text)).toMatch(/c_ef/i);
  });
});

describe("truncate", () => {
  it("counts code points and divides none", () => {
    expect(truncate("🦊🦊🦊", 2)).toBe("🦊🦊");
    expect(truncate("e\u0301x", 2)).toBe("e\u0301");
  });

  it("leaves no space at the end and no part of %3D", () => {
    expect(truncate("abc def", 4)).toBe("abc");
    expect(truncate(hardenEquals("ab=cd"), 4)).toBe("ab");
    expect(truncate(hardenEquals("ab=cd"), 5)).toBe("ab%3D");
  });

  it("takes as many whole characters as there is room for, of any text", () => {
    const unit = fc.constantFrom("a", " ", "\u00a0", "é", "經", "🦊", "%3D", "%", "3D", "\ud800");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 20 }), fc.integer({ min: 1, max: 20 }), (text, max) => {
        let taken = "";
        let used = 0;
        for (const [character] of text.matchAll(/%3D|./gsu)) {
          used += character === "%3D" ? 3 : 1;
          if (used > max) break;
          taken += character;
        }

        expect(truncate(text, max)).toBe(used > max ? taken.trim() : text);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("truncateBytes", () => {
  it.each([
    ["a\\b", 2, "a"],
    ["a\\b", 3, "a\\"],
    ["a=b", 2, "a"],
    ["é🦊", 5, "é"],
    ["é🦊", 6, "é🦊"],
    ["a\nb", 1, "a"],
    ["abc", 0, ""],
  ])("cuts %j at %i bytes to %j", (text, bytes, expected) => {
    const cut = truncateBytes(text, bytes);

    expect(cut).toBe(expected);
    expect(Buffer.byteLength(escape(cut))).toBeLessThanOrEqual(bytes);
  });
});

describe("escape", () => {
  it("escapes backslashes, equals signs and line breaks, and nothing else", () => {
    expect(escape('\\=\n\r|"%#\\n')).toBe('\\\\\\=\\n\\r|"%#\\\\n');
  });
});

describe("headerValue", () => {
  it.each([
    ["Ac|me=1#\\", "Ac_me_1__"],
    ["1.0.0+build\n|CEF:0|", "1.0.0_build__C_EF:0_"],
    ["Zoë 🦊", "Zo_ _"],
  ])("makes %j into %j", (text, expected) => {
    expect(headerValue(text, 31)).toBe(expected);
  });

  it("cuts to the length of its field", () => {
    expect(headerValue("1".repeat(40), 31)).toHaveLength(31);
  });
});
