/** The smallest maxMessageBytes, with every header, framing and length of host name: the event stays identified. */
import { describe, expect, it } from "vitest";
import type { StoredEvent } from "../../../src/core/event.ts";
import { createFormat } from "../../../src/formats/registry.ts";
import { encode, maxTextBytes } from "../../../src/sinks/syslog/encoder.ts";
import { HEADER_STYLES } from "../../../src/sinks/syslog/header.ts";
import { parseCef } from "../../support/cef-line.ts";

const LONGEST_HOSTNAME = 253;
const FRAMINGS = ["octet-counting", "lf", "none"] as const;

const long = "=\u{1f98a}".repeat(500);
/** Every text is far too long, the id is the longest that is not hashed. */
const event: StoredEvent = {
  seq: 1,
  stream: { tenantId: "7c1f4f0e-2b6d-4a51-9f0c-3e5d8a7b6c21", source: "riskDetections" },
  id: "x".repeat(111),
  revision: Number.MAX_SAFE_INTEGER,
  time: 1_791_960_804_004,
  record: {
    riskEventType: "mcasSuspiciousInboxManipulationRules_".repeat(3),
    riskLevel: long,
    riskState: long,
    riskDetail: long,
    source: long,
    activity: long,
    ipAddress: "2001:db8::7",
    userPrincipalName: "alice.berg@contoso.com".padStart(113, "a"),
    userId: long,
    userDisplayName: long,
    correlationId: long,
    requestId: long,
    additionalInfo: long,
    location: { city: long },
  },
};

describe.each(HEADER_STYLES)("a message of 1024 bytes with a header of %s", (header) => {
  it.each(FRAMINGS)("and framing %s says which event it is, whatever the host's name", (framing) => {
    for (let length = 1; length <= LONGEST_HOSTNAME; length += 1) {
      const hostname = "h".repeat(length);
      const sender = { facility: "local0", hostname, processId: 4_194_304 } as const;
      const encoding = { header, framing, sender, maxMessageBytes: 1_024 };
      const format = createFormat(
        { type: "cef", hardEquals: false, spaceAfterHeader: true },
        { version: "1".repeat(31), hostname },
      );

      const text = format.format(event, maxTextBytes(encoding));
      const { rejected } = encode(encoding, [
        { seq: 1, source: "riskDetections", time: event.time, text: Buffer.from(text) },
      ]);

      expect(rejected).toEqual([]);
      const { fields } = parseCef(text);
      expect(fields.get("devicePayloadId")).toBe(`${event.id}@${event.revision}`);
      expect(fields.get("deviceExternalId")).toBe(event.stream.tenantId);
      expect(fields.get("externalId")).toBe(event.id.slice(0, 40));
      expect(fields.get("suser")).toMatch(/^a{64}/);
    }
  });
});
