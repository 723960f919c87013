import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Encoding, encode, maxTextBytes } from "../../../src/sinks/syslog/encoder.ts";

const CEF =
  "CEF:0|Entra Risk Forwarder|Entra ID|1.0.0|signIn.failure|Sign-in failed|3|rt=1791960804004 suser=alice.berg@contoso.com";

const encoding: Encoding = {
  header: "rfc5424",
  framing: "octet-counting",
  sender: { facility: "local0", hostname: "fwd1.contoso.com", processId: 4242 },
  maxMessageBytes: 8_000,
};

const message = (text: string) =>
  ({ seq: 7, source: "signIns", time: 1_791_960_804_004, text: Buffer.from(text) }) as const;

function only(parts: Partial<Encoding>, text: string): string {
  const { bytes, frames, rejected } = encode({ ...encoding, ...parts }, [message(text)]);
  expect(rejected).toEqual([]);
  expect(frames).toEqual([{ seq: 7, start: 0, end: bytes.length }]);
  return bytes.toString("latin1");
}

describe("the reference record", () => {
  const line = `<134>1 2026-10-14T06:53:24.004Z fwd1.contoso.com entra-risk-forwarder 4242 signIn - ${CEF}`;

  it("octet-counted", () => {
    expect(only({}, CEF)).toBe(`203 ${line}`);
  });

  it("as a line", () => {
    expect(only({ framing: "lf" }, CEF)).toBe(`${line}\n`);
    expect(only({ framing: "lf" }, CEF)).toHaveLength(204);
  });

  it("as an RFC 3164 line", () => {
    expect(only({ framing: "lf", header: "rfc3164" }, CEF)).toBe(`<134>Oct 14 06:53:24 fwd1 ${CEF}\n`);
    expect(only({ framing: "lf", header: "rfc3164" }, CEF)).toHaveLength(146);
  });

  it("as a datagram", () => {
    expect(only({ framing: "none" }, CEF)).toBe(line);
  });
});

describe("frames", () => {
  it("count bytes, not characters", () => {
    const [count = "", ...rest] = only({}, "é€😀").split(" ");

    expect(rest.join(" ")).toHaveLength(Number(count));
  });

  it("never hold a second line, whatever the text", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("\n", "\r", "\0", " ", "1", "<", "a", "é", "😀", "\u2028") }),
        (text) => {
          const line = only({ framing: "lf" }, text);

          expect(line.indexOf("\n")).toBe(line.length - 1);
          expect(line).not.toContain("\0");
        },
      ),
    );
  });

  it("of a text of maxTextBytes fit, and one byte more is rejected whole", () => {
    const framings = fc.constantFrom("octet-counting", "lf", "none");
    const sources = fc.constantFrom("signIns", "riskDetections", "riskyUsers");
    fc.assert(
      fc.property(fc.integer({ min: 1_024, max: 65_536 }), framings, sources, (maxMessageBytes, framing, source) => {
        const limited = { ...encoding, framing, maxMessageBytes } as Encoding;
        const text = "x".repeat(maxTextBytes(limited));
        const fitting = { ...message(text), source };
        const longest = { ...message(`${text}x`), source: "riskDetections" } as const;

        const { bytes, frames, rejected } = encode(limited, [fitting, longest]);

        expect(frames).toHaveLength(1);
        expect(bytes.length).toBeLessThanOrEqual(maxMessageBytes);
        expect(rejected).toEqual([{ seq: 7, reason: expect.stringMatching(/^ERF4007 /) }]);
      }),
    );
  });
});
