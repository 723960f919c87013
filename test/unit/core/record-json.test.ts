import * as fc from "fast-check";
import { expect, it } from "vitest";
import { parseRecord } from "../../../src/core/record-json.ts";

const POLICIES = "appliedConditionalAccessPolicies";
const parse = (json: string) => parseRecord(Buffer.from(json));

const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(`"${POLICIES}":[`, `\\"${POLICIES}":[`, "]}\\"),
);
const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), hostile, fc.array(fc.dictionary(hostile, hostile)));

it("leaves the applied policies out and nothing else, whatever is in them and around them", () => {
  fc.assert(
    fc.property(
      fc.dictionary(hostile, value),
      fc.array(value),
      fc.dictionary(hostile, value),
      (before, list, after) => {
        const json = JSON.stringify({ ...before, id: "1", [POLICIES]: list, ...after });
        const whole = JSON.parse(json);

        expect(parse(json)).toEqual({ ...whole, ...(Array.isArray(whole[POLICIES]) ? { [POLICIES]: [] } : {}) });
      },
    ),
  );
});

it("takes a text for a text, and a key that only ends like it for another", () => {
  const texts = { id: "1", a: `"${POLICIES}":[{}]`, [`"${POLICIES}`]: [1], b: [POLICIES] };

  expect(parse(JSON.stringify(texts))).toEqual(texts);
});

it.each([{}, { id: "" }, { id: null }, { id: 7 }])("parses the policies of a record with %j for an id", (rest) => {
  const record = { ...rest, [POLICIES]: [{ id: "p" }] };

  expect(parse(JSON.stringify(record))).toEqual(record);
});

it("parses policies that are written with spaces", () => {
  expect(parse(`{"id":"1","${POLICIES}" : [7]}`)).toEqual({ id: "1", [POLICIES]: [7] });
});

it.each(['{"id":"1","appliedConditionalAccessPolicies":[', '{"id":"1","appliedConditionalAccessPolicies":[]', "{"])(
  "refuses %s",
  (json) => {
    expect(() => parse(json)).toThrow(SyntaxError);
  },
);
