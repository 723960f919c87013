/** The short way to a message's text: it must say what the long one says, wherever it says anything. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CEF_KEYS, rulesOf } from "../../../../src/formats/cef/dictionary.ts";
import { encodeExtension, messageText } from "../../../../src/formats/cef/extension.ts";
import { plainText } from "../../../../src/formats/cef/plain-text.ts";

const HEADER = "CEF:0|Entra Risk Forwarder|Entra ID|1.0.0|signIn.success|Sign-in succeeded|1|";
const RULES = rulesOf({ cs1: "riskLevel", cn1: "errorCode", cs6: "signInDetails" });

const CHARACTERS = Array.from('aé経 \u00a0\u3000\u2028\u202e\ufeff\0\n\r\t\u007f\u0085=\\|cefLEEF:"');

/** What decides: characters of every kind, starts of records, Graph's ids, and lengths about what keys hold. */
const text = fc.oneof(
  fc.string({
    unit: fc.constantFrom(...CHARACTERS, "😀", "\ud800"),
  }),
  fc.constantFrom(
    "success",
    "Uppsala, SE",
    "4be1c7d2-63f0-4d19-8a0e-92c5b7cef300",
    '{"appId":"9a5cce10"}',
    "CEF:0",
    "leef:1",
  ),
  fc.string({ unit: fc.constantFrom("x", "CE", "F", "%3D", "é ", "經"), minLength: 20, maxLength: 70 }),
);
const value = fc.oneof(text, fc.integer(), fc.double());

describe("the text of plain values", () => {
  it("is the one that is made value by value", () => {
    let found = 0;
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...CEF_KEYS), value, { maxKeys: 4 }),
        fc.boolean(),
        (values, hardEquals) => {
          const all = { extension: values, common: values, rules: RULES };

          const plain = plainText(HEADER, all);

          if (plain === undefined) return;
          found += 1;
          expect(plain).toBe(messageText(HEADER, encodeExtension(all, hardEquals)));
        },
      ),
      { numRuns: 3_000 },
    );
    expect(found).toBeGreaterThan(300);
  });

  it("is found for what a sign-in mostly has, also in other scripts", () => {
    const extension = {
      rt: 1_791_960_804_004,
      suser: "maja.lindqvist@contoso.com",
      msg: "Display name: 経理部 Żółć",
      cs1: "none",
    };

    expect(plainText(HEADER, { extension, common: { dvchost: "fwd1" }, rules: RULES })).toBe(
      `${HEADER}rt=1791960804004 dvchost=fwd1 suser=maja.lindqvist@contoso.com cs1=none cs1Label=riskLevel msg=Display name: 経理部 Żółć`,
    );
  });

  it.each(["a=b", "a\\b", "a\nb", " a", "a ", "a  b", "", "CEF:0|x", `${"x".repeat(1_023)}=`, "\ud800"])(
    "is none where a value is %j",
    (suser) => {
      expect(plainText(HEADER, { extension: { suser }, common: {}, rules: RULES })).toBeUndefined();
    },
  );

  it("is cut where a value is longer than its key holds, as the id of a risk detection is", () => {
    const common = { externalId: "9e".repeat(32) };

    expect(plainText(HEADER, { extension: {}, common, rules: RULES })).toBe(`${HEADER}externalId=${"9e".repeat(20)}`);
  });

  it("looks into what should be a number, as a damaged state may have it", () => {
    const extension = JSON.parse('{"cn1":["1 suser=mallory CEF:0|x"]}');

    expect(plainText(HEADER, { extension, common: {}, rules: RULES })).toBeUndefined();
  });
});
