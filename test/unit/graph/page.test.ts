import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { GraphRecord } from "../../../src/core/event.ts";
import { readPage } from "../../../src/graph/page.ts";

/** Told as its own id, so that what was parsed can be seen. */
const identify = (record: GraphRecord) => ({ id: JSON.stringify(record), revision: "x", risk: { level: 0, type: 0 } });

const reader = { identify, hint: () => undefined, unreadable: () => new Error("unreadable") };

const page = (text: string) => readPage({ body: Buffer.from(text) }, reader);
const nested = (depth: number) => `{"value":[${'{"a":'.repeat(depth)}1${"}".repeat(depth)}]}`;
const recordsOf = (text: string) => [...(page(text)?.records ?? [])];
const textsOf = (text: string) => recordsOf(text).map(({ json }) => Buffer.from(json).toString());

/** Space, line breaks and nothing, as JSON allows them between its parts. */
const gap = fc.constantFrom("", " ", "\n\t", "\r\n  ");
const record = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ maxDepth: 4 }));

describe("readPage", () => {
  it("keeps every record's own bytes, whatever is in it and between its parts", () => {
    const written = fc.tuple(record, gap).map(([json, space]) => JSON.stringify(json, undefined, space));
    const anyPage = fc.tuple(fc.array(fc.tuple(gap, written, gap)), gap, fc.jsonValue());
    fc.assert(
      fc.property(anyPage, ([items, space, extra]) => {
        const list = items.map((parts) => parts.join("")).join(",");
        const text = `{${space}"@odata.context":${JSON.stringify(extra)},"value"${space}:${space}[${list}${space}]}`;

        expect(recordsOf(text).map(({ identity }) => JSON.parse(identity.id))).toEqual(JSON.parse(text).value);
        expect(textsOf(text)).toEqual(items.map(([, json]) => json));
      }),
    );
  });

  it("follows a nextLink before and behind the records", () => {
    expect(page('{"@odata.nextLink":"https://x/","value":[{}]}')).toMatchObject({ nextLink: "https://x/" });
    expect(page('{"value":[{}],"@odata.nextLink":"https://x/"}')).toMatchObject({ nextLink: "https://x/" });
    expect(page('{"value":[{}],"@odata.nextLink":null}')).not.toHaveProperty("nextLink");
  });

  it("takes no text and no inner list for the list of records", () => {
    expect(textsOf('{"a":"value","b":{"value":[{"c":1}]},"d":"\\"value\\":[{}]","value":[{"e":"}]"}]}')).toEqual([
      '{"e":"}]"}',
    ]);
  });

  it("leaves a byte order mark out", () => {
    expect(textsOf('\ufeff{"value":[{"a":"\ufeff"}]}')).toEqual(['{"a":"\ufeff"}']);
  });

  it.each([
    ["nothing between two records", '{"value":[{}{}]}'],
    ["a comma too many", '{"value":[{},]}'],
    ["a comma at the start", '{"value":[,{}]}'],
    ["something behind the page", '{"value":[{}]},'],
    ["two lists", '{"value":[{"a":1}],"value":[{"b":2}]}'],
    ["two lists, the second empty", '{"value":[{"a":1}],"value":7}'],
    ["a number among the records", '{"value":[{},7]}'],
    ["the wrong bracket", '{"value":[{"a":[1}]}]}'],
    ["an escaped key", '{"val\\u0075e":[{}]}'],
  ])("refuses a page with %s", (_name, text) => {
    expect(page(text)).toBeUndefined();
  });

  it.each([
    ["a broken record", '{"value":[{"a":1},{"a":}]}'],
    ["a number with two points", '{"value":[{"a":1},{"a":1.2.3}]}'],
  ])("throws at %s, once those before it are taken", (_name, text) => {
    const taken: GraphRecord[] = [];
    const takeAll = () => {
      for (const { record: one } of page(text)?.records ?? []) taken.push(one);
    };

    expect(takeAll).toThrow("unreadable");
    expect(taken).toEqual([{ a: 1 }]);
  });

  it.each([
    ["at the end", '{"id":"1","b":[[2]],"appliedConditionalAccessPolicies":[{"a":"]}"},[3]]}', { b: [[2]] }],
    ["in the middle", '{"appliedConditionalAccessPolicies":[{"a":[[1]]}],"id":"1","b":{"c":[4]}}', { b: { c: [4] } }],
    ["empty", '{"id":"1","appliedConditionalAccessPolicies":[],"b":5}', { b: 5 }],
  ])("leaves the policies of a record out, %s, and keeps their bytes", (_name, text, rest) => {
    const [found] = recordsOf(`{"value":[${text}]}`);

    expect(found?.record).toEqual({ id: "1", appliedConditionalAccessPolicies: [], ...rest });
    expect(Buffer.from(found?.json ?? []).toString()).toBe(text);
  });

  it.each([
    ["of a record without an id", '{"appliedConditionalAccessPolicies":[1]}'],
    ["in a text", '{"id":"1","b":"\\"appliedConditionalAccessPolicies\\":[1]"}'],
    ["in an object", '{"id":"1","b":{"appliedConditionalAccessPolicies":[1]}}'],
    ["in a list", '{"id":"1","b":[{"appliedConditionalAccessPolicies":[1]}]}'],
    ["with spaces", '{"id":"1","appliedConditionalAccessPolicies": [1]}'],
    ["whose key is longer", '{"id":"1","my appliedConditionalAccessPolicies":[1]}'],
  ])("keeps what looks like policies: %s", (_name, text) => {
    expect(recordsOf(`{"value":[${text}]}`)[0]?.record).toEqual(JSON.parse(text));
  });

  it("gives the memory of a page back when it is told to", () => {
    const text = `{"value":[${'{"a":1},'.repeat(10_000)}{}]}`;
    const body = Buffer.from(text);
    const records = readPage({ body }, reader)?.records;

    expect([...(records ?? [])]).toHaveLength(10_001);
    records?.release?.();
    expect(body.length).toBe(0);
  });

  it("refuses a page that is cut anywhere", () => {
    const text = '{"@odata.nextLink":"https://x/","value":[{"a":"\\\\\\"é"},{"b":[{}]}],"c":[1]}';
    expect(page(text)).toBeDefined();

    for (let length = 0; length < Buffer.byteLength(text); length += 1) {
      expect(readPage({ body: Buffer.from(text).subarray(0, length) }, reader)).toBeUndefined();
    }
  });

  it("takes a record nested 64 deep and no deeper", () => {
    expect(page(nested(64))).toBeDefined();
    expect(page(nested(65))).toBeUndefined();
  });
});
