import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SOURCE_NAMES } from "../../../src/core/event.ts";
import { FACILITIES, longestHeader, type Sender, syslogHeaders } from "../../../src/sinks/syslog/header.ts";

const sender: Sender = { facility: "local0", hostname: "fwd1.contoso.com", processId: 4242 };
const signIn = { source: "signIns", time: Date.parse("2026-10-14T06:53:24.004Z") } as const;

describe("RFC 5424 header", () => {
  it("is the one of the reference record", () => {
    expect(syslogHeaders("rfc5424", sender)(signIn)).toBe(
      "<134>1 2026-10-14T06:53:24.004Z fwd1.contoso.com entra-risk-forwarder 4242 signIn - ",
    );
  });

  it.each([
    ["signIns", "signIn"],
    ["riskDetections", "riskDetection"],
    ["riskyUsers", "riskyUser"],
  ] as const)("names %s as %s", (source, msgid) => {
    expect(syslogHeaders("rfc5424", sender)({ ...signIn, source })).toContain(` 4242 ${msgid} - `);
  });

  it("has seven fields whatever the host is called and whenever the event was", () => {
    const field = "[\\x21-\\x7e]{1,255}";
    const pattern = new RegExp(`^<\\d{1,3}>1 \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z (?:${field} ){4}- $`);
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("\n", "\0", " ", "a", "-", ".", "é", "😀", "\x7f"), maxLength: 400 }),
        fc.integer({ min: -8.64e15, max: 8.64e15 }),
        fc.constantFrom(...SOURCE_NAMES),
        (hostname, time, source) => {
          const header = syslogHeaders("rfc5424", { ...sender, hostname })({ source, time });

          expect(header).toMatch(pattern);
          expect(header.length).toBeLessThanOrEqual(longestHeader("rfc5424", { ...sender, hostname }));
        },
      ),
    );
  });

  it("says - for a host without a name", () => {
    expect(syslogHeaders("rfc5424", { ...sender, hostname: "é\n" })(signIn)).toContain("Z - entra-risk-forwarder ");
  });

  it.each([
    ["kern", 6],
    ["authpriv", 86],
    ["local7", 190],
  ] as const)("has the priority of %s", (facility, priority) => {
    expect(syslogHeaders("rfc5424", { ...sender, facility })(signIn)).toMatch(new RegExp(`^<${priority}>1 `));
    expect(FACILITIES).toHaveLength(24);
  });
});

describe("RFC 3164 header", () => {
  it("is the one of the reference record", () => {
    expect(syslogHeaders("rfc3164", sender)(signIn)).toBe("<134>Oct 14 06:53:24 fwd1 ");
  });

  it("pads the day with a space", () => {
    const header = syslogHeaders("rfc3164", sender)({ ...signIn, time: Date.parse("2026-03-04T23:59:59.999Z") });

    expect(header).toBe("<134>Mar  4 23:59:59 fwd1 ");
  });

  it.each(["10.1.2.3", "2001:db8::1"])("keeps the address %s whole", (hostname) => {
    expect(syslogHeaders("rfc3164", { ...sender, hostname })(signIn)).toBe(`<134>Oct 14 06:53:24 ${hostname} `);
  });
});
