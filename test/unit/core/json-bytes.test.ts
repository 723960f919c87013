import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { endOfBrackets, endOfText, isAt, jsonBytes } from "../../../src/core/json-bytes.ts";

/** Bytes that mean something, their neighbours by one bit, and those of characters beyond ASCII. */
const meaning = fc.constantFrom(0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d);
const neighbour = fc.constantFrom(0x20, 0x23, 0x21, 0x5d, 0xa2, 0xdc, 0x00, 0x01, 0x80, 0xff, 0x2c, 0x3a);
const bytes = fc
  .tuple(fc.integer({ min: 0, max: 7 }), fc.array(fc.oneof(meaning, neighbour, fc.nat(255)), { maxLength: 60 }))
  // In the middle of a memory, at any alignment.
  .map(([before, list]) => Uint8Array.from([...Array(before).fill(0x22), ...list, 0x22, 0x5c]).subarray(before, -2));

/** Behind the end where nothing closes it. */
function endByBytes(json: Uint8Array, quote: number): number {
  let at = quote + 1;
  while (at < json.length && json[at] !== 0x22) at += json[at] === 0x5c ? 2 : 1;
  return at + 1;
}

describe("endOfText", () => {
  it("ends where a walk byte by byte ends, of any bytes", () => {
    fc.assert(
      fc.property(bytes, fc.nat(60), (json, quote) => {
        fc.pre(quote < json.length);

        expect(endOfText(jsonBytes(json), quote)).toBe(endByBytes(json, quote));
      }),
      { numRuns: 20_000 },
    );
  });
});

describe("endOfBrackets", () => {
  it("ends where a value of JSON ends, whatever follows it", () => {
    const value = fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()));
    fc.assert(
      fc.property(fc.string(), value, fc.string(), (before, inner, behind) => {
        const start = Buffer.byteLength(before);
        const json = Buffer.from(JSON.stringify(inner));
        const all = Buffer.concat([Buffer.from(before), json, Buffer.from(behind)]);

        expect(endOfBrackets(jsonBytes(all), start, Number.POSITIVE_INFINITY)).toBe(start + json.length);
        expect(isAt(all, start, json)).toBe(true);
        expect(isAt(all, start + 1, json)).toBe(false);
      }),
    );
  });

  it("tells of the lists that are right inside, and of none deeper", () => {
    const json = Buffer.from('{"a":[1,[2]],"b":{"c":[3]},"d":"[","e":[]}');
    const lists: string[] = [];
    const end = endOfBrackets(jsonBytes(json), 0, 3, (open, close) =>
      lists.push(json.toString("utf8", open, close + 1)),
    );

    expect({ lists, end }).toEqual({ lists: ["[1,[2]]", "[]"], end: json.length });
  });

  it("finds no end of what is too deep, or does not end", () => {
    expect(endOfBrackets(jsonBytes(Buffer.from("[[[]]]")), 0, 2)).toBeUndefined();
    expect(endOfBrackets(jsonBytes(Buffer.from('[["]]')), 0, 9)).toBeUndefined();
  });
});
