import { describe, expect, it } from "vitest";
import { sourceAddress } from "../../../../src/formats/cef/ip-address.ts";

describe("sourceAddress", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7"],
    [" 10.0.0.1 ", "10.0.0.1"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["::FFFF:cb00:7107", "203.0.113.7"],
    ["0:0:0:0:0:ffff:203.0.113.7", "203.0.113.7"],
    ["203.0.113.9:51123", "203.0.113.9"],
    ["[::ffff:203.0.113.9]:443", "203.0.113.9"],
  ])("takes %s for the IPv4 address %s", (text, src) => {
    expect(sourceAddress(text)).toEqual({ src });
  });

  it.each(["2001:db8::7", "2001:0DB8:0000:0000:0000:0000:0000:0007", "::1", "64:ff9b::203.0.113.7"])(
    "takes %s for an IPv6 address",
    (value) => {
      expect(sourceAddress(value)).toEqual({ c6a2: value });
    },
  );

  it.each([
    ["[2001:db8::1]:443", "2001:db8::1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["[fe80::1%25]:443", "fe80::1"],
  ])("takes %s for the IPv6 address %s", (text, value) => {
    expect(sourceAddress(text)).toEqual({ c6a2: value });
  });

  it.each([
    "203.0.113.300",
    "203.0.113",
    "1.2.3.4:",
    "1.2.3.4:port",
    "203.0.113.300:443",
    "[1.2.3.4]",
    "1.2.3.4%eth0",
    "[2001:db8::1",
    "[2001:db8::g]:443",
    "2001:db8::1%",
    "01.2.3.4",
    "3405803783",
    "2001:db8",
    "::g",
    "2001:db8:cef0::1",
    "::1]/x[",
    "n/a",
  ])("takes %s for no address, and keeps it", (text) => {
    expect(sourceAddress(text)).toEqual({ unreadable: text });
  });
});
