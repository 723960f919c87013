/** RELP frames: whatever the network does to them, and whatever comes that is none. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameReader, frame } from "../../../src/sinks/relp/frames.ts";

const RECORD = Buffer.from("<134>1 2026-10-14T06:53:24.004Z fwd1 entra-risk-forwarder 4242 signIn - CEF:0|é");

describe("a frame", () => {
  it("has its data's length in bytes, and a line feed that does not count", () => {
    expect(frame(2, "syslog", RECORD).toString()).toBe(`2 syslog ${RECORD.length} ${RECORD.toString()}\n`);
  });

  it("without data has no space before its end", () => {
    expect(frame(3, "close", Buffer.alloc(0)).toString()).toBe("3 close 0\n");
  });
});

describe("a reader", () => {
  const spoken =
    "1 rsp 93 200 OK\nrelp_version=0\nrelp_software=librelp,1.11.0,http://librelp.adiscon.com\ncommands=syslog\n";
  const bytes = Buffer.from(`${spoken}2 rsp 6 200 OK\n3 rsp 0\n0 serverclose 0\n`);
  const frames = [
    { transaction: 1, command: "rsp", data: spoken.slice("1 rsp 93 ".length, -1) },
    { transaction: 2, command: "rsp", data: "200 OK" },
    { transaction: 3, command: "rsp", data: "" },
    { transaction: 0, command: "serverclose", data: "" },
  ];

  it("finds the frames wherever the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 12 }), (cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const reader = new FrameReader();

        const found = places.slice(1).flatMap((end, index) => reader.push(bytes.subarray(places[index], end)));

        expect(found).toEqual(frames);
      }),
    );
  });

  it("reads back what was framed, line feeds and all", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999_999 }), fc.string({ unit: "grapheme" }), (transaction, data) => {
        const found = new FrameReader().push(frame(transaction, "rsp", Buffer.from(data)));

        expect(found).toEqual([{ transaction, command: "rsp", data }]);
      }),
    );
  });

  it.each([
    ["a greeting of another protocol", "220 mail.example.net ESMTP\r\n", "no frame header"],
    ["TLS", "\u0016\u0003\u0001", "no frame header"],
    ["an endless number", "1".repeat(60), "no frame header"],
    ["a length that nobody needs", "1 rsp 999999999 ", "a frame of 999999999 bytes"],
    ["an end in the wrong place", "1 rsp 3 200 OK\n", "a frame that does not end where it says"],
  ])("refuses %s", (_name, text, problem) => {
    expect(() => new FrameReader().push(Buffer.from(text, "latin1"))).toThrow(problem);
  });

  it("waits for the rest of a header", () => {
    expect(new FrameReader().push(Buffer.from("12 rsp"))).toEqual([]);
  });
});
