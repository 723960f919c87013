import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hinting } from "../../../src/sources/hint.ts";
import { SOURCES } from "../../../src/sources/registry.ts";

const TIME = "2026-10-14T12:00:00.5Z";
const SECOND = Date.parse("2026-10-14T12:00:00Z");
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

describe("what the first bytes of a record say", () => {
  it("is the id and the second of a sign-in, and the id of other records", () => {
    const signIn = { id: "a", createdDateTime: TIME, riskState: "none" };

    expect(SOURCES.signIns.hint(bytes(signIn))).toEqual({ id: "a", created: SECOND });
    expect(SOURCES.riskDetections.hint(bytes({ id: "a", riskState: "none" }))).toEqual({ id: "a" });
    expect(SOURCES.riskyUsers.hint(bytes({ id: "a", isDeleted: false }))).toEqual({ id: "a" });
  });

  it.each([
    ["nothing", ""],
    ["an empty record", "{}"],
    ["another property first", '{"createdDateTime":"2026-10-14T12:00:00Z","id":"a"}'],
    ["another property in between", '{"id":"a","userId":"b","createdDateTime":"2026-10-14T12:00:00Z"}'],
    ["an id that is no text", '{"id":1,"createdDateTime":"2026-10-14T12:00:00Z"}'],
    ["spaces", '{ "id":"a","createdDateTime":"2026-10-14T12:00:00Z"}'],
    ["no time", '{"id":"a","createdDateTime":null}'],
    ["a time that is none", '{"id":"a","createdDateTime":"soon"}'],
    ["an id without end", '{"id":"a'],
    ["a time without end", '{"id":"a","createdDateTime":"2026'],
    ["a quote in the id", '{"id":"a\\"b","createdDateTime":"2026-10-14T12:00:00Z"}'],
  ])("is nothing for a sign-in with %s", (_name, text) => {
    expect(SOURCES.signIns.hint(Buffer.from(text))).toBeUndefined();
  });

  it("is what the record itself says, for every id of plain text", () => {
    const plain = fc.stringMatching(/^[ !#-[\]-~]{1,60}$/);
    const times = fc.date({ min: new Date(0), max: new Date("2090-01-01"), noInvalidDate: true });
    fc.assert(
      fc.property(plain, times, fc.jsonValue(), (id, time, more) => {
        const record = { id, createdDateTime: time.toISOString(), more };
        const { created } = SOURCES.signIns.identify(record);

        expect(SOURCES.signIns.hint(bytes(record))).toEqual({ id, created });
        expect(hinting()(bytes(record))).toEqual({ id });
      }),
    );
  });

  it("never fails, whatever the bytes are", () => {
    const prefix = fc.constantFrom("", '{"id":"', '{"id":"a"', '{"id":"a","createdDateTime":"');
    fc.assert(
      fc.property(prefix, fc.uint8Array({ maxLength: 80 }), (start, rest) => {
        const json = Buffer.concat([Buffer.from(start), rest]);
        for (const source of Object.values(SOURCES)) source.hint(json);
      }),
    );
  });
});
