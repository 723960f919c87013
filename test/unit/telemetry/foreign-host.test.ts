/** A page from elsewhere must not read what is on loopback by a name of its own that leads there. */
import { describe, expect, it } from "vitest";
import { isForeignHost } from "../../../src/telemetry/foreign-host.ts";

describe("on loopback", () => {
  it.each(["localhost:9464", "127.0.0.1:9464", "127.0.0.53", "[::1]:9464", "LOCALHOST", undefined])(
    "%s is answered",
    (asked) => {
      expect(isForeignHost("127.0.0.1:9464", asked)).toBe(false);
    },
  );

  it.each(["attacker.example:9464", "127.0.0.1.attacker.example", "localhost.attacker.example", "10.0.0.1:9464", ""])(
    "%j is not",
    (asked) => {
      expect(isForeignHost("127.0.0.1:9464", asked)).toBe(true);
      expect(isForeignHost("[::1]:9464", asked)).toBe(true);
    },
  );
});

it("elsewhere every name is answered: whoever listens there has chosen to be read", () => {
  expect(isForeignHost("0.0.0.0:9464", "collector.example.net")).toBe(false);
});
