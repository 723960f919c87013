import { existsSync, readFileSync } from "node:fs";
import { isIPv4, isIPv6 } from "node:net";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { SourceName } from "../../../../src/core/event.ts";
import { hostileEvent, TENANT } from "../../../support/cef-arbitraries.ts";
import { goldenFormat } from "../../../support/cef-golden.ts";
import { parseCef } from "../../../support/cef-line.ts";

const DICTIONARY = join(import.meta.dirname, "../../../../../shared/facts/cef-extensions.yaml");
const UNLIMITED = 1e9;

const ALWAYS = ["rt", "start", "end", "externalId", "devicePayloadId", "deviceExternalId", "dvchost", "cat"];
const SLOTS = ["cs1", "cs1Label", "cs2", "cs2Label", "cn3", "cn3Label", "msg"];
const SHARED = [
  "app",
  "src",
  "c6a2",
  "c6a2Label",
  "suser",
  "suid",
  "act",
  "reason",
  "cs3",
  "cs3Label",
  "cs4",
  "cs4Label",
  "cs5",
  "cs5Label",
  "cs6",
  "cs6Label",
  "cfp1",
  "cfp1Label",
  "cfp2",
  "cfp2Label",
  "requestClientApplication",
];
const KEYS: Readonly<Record<SourceName, readonly string[]>> = {
  signIns: [...ALWAYS, ...SLOTS, ...SHARED, "shost", "destinationServiceName", "outcome", "cn1", "cn1Label"],
  riskDetections: [...ALWAYS, ...SLOTS, ...SHARED],
  riskyUsers: [...ALWAYS, ...SLOTS, "suser", "suid", "act", "reason"],
};
/** Lower-case hexadecimal ids are let through as they are. */
const IDS = /(?<![0-9a-f])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}(?:[0-9a-f]{32})?)(?![0-9a-f])/g;

interface DictionaryEntry {
  readonly key: string;
  readonly type: string;
  readonly length?: number;
  readonly audience: string;
}

describe("any record", () => {
  const format = goldenFormat();

  it("becomes one line without control characters and without the start of another record", () => {
    fc.assert(
      fc.property(hostileEvent(), (event) => {
        const line = format.format(event, UNLIMITED);

        expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/u);
        expect(line.isWellFormed()).toBe(true);
        expect(line.slice("CEF".length).replaceAll(IDS, "")).not.toMatch(/cef|leef:/i);
      }),
      { numRuns: 300 },
    );
  });

  it("has seven header fields and no key that the mapping does not have, each once", () => {
    fc.assert(
      fc.property(hostileEvent(), (event) => {
        const { header, fields } = parseCef(format.format(event, UNLIMITED));

        expect(header).toHaveLength(7);
        expect(header[4]).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
        for (const key of fields.keys()) expect(KEYS[event.stream.source]).toContain(key);
      }),
      { numRuns: 300 },
    );
  });

  it("keeps the real user and action whatever stands around them", () => {
    fc.assert(
      fc.property(hostileEvent("riskDetections"), (event) => {
        const record = { ...event.record, userPrincipalName: "alice.berg@contoso.com" };

        const { fields } = parseCef(format.format({ ...event, record }, UNLIMITED));

        expect(fields.get("suser")).toBe("alice.berg@contoso.com");
        expect(fields.get("act")).toBe("Detected");
        expect(fields.get("deviceExternalId")).toBe(TENANT);
      }),
    );
  });

  it("stays within any limit from 480 bytes on, still parses, and says what it was", () => {
    fc.assert(
      fc.property(hostileEvent(), fc.integer({ min: 480, max: 9_000 }), fc.boolean(), (event, maxBytes, hardEquals) => {
        const either = goldenFormat({ hardEquals });
        const whole = either.format(event, UNLIMITED);
        const line = either.format(event, maxBytes);

        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(maxBytes);
        if (Buffer.byteLength(whole) <= maxBytes) {
          expect(line).toBe(whole);
          return;
        }
        const { fields } = parseCef(line);
        const before = parseCef(whole).fields;
        expect(fields.get("cn3")).toBe(String(Buffer.byteLength(whole)));
        expect(fields.get("cn3Label")).toBe("truncatedFrom");
        for (const key of ["devicePayloadId", "deviceExternalId", "rt"]) {
          expect(fields.get(key)).toBe(before.get(key));
        }
        for (const [key, value] of fields) {
          if (!key.startsWith("cn3")) expect(before.get(key)).toSatisfy((text: string) => text.startsWith(value));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("with hardEquals, shows no other key to a receiver that takes any word= for one", () => {
    const hard = goldenFormat({ hardEquals: true });
    fc.assert(
      fc.property(hostileEvent(), (event) => {
        const extension = hard.format(event, UNLIMITED).split("|").slice(7).join("|").replaceAll("\\=", "=");

        for (const { groups } of extension.matchAll(/(?<key>\w+)=/g)) {
          expect(KEYS[event.stream.source]).toContain(groups?.["key"]);
        }
      }),
    );
  });

  it("holds only keys of the CEF dictionary, within their lengths and types", (context) => {
    if (!existsSync(DICTIONARY)) context.skip("the CEF dictionary is not at hand");
    const { extensions }: { extensions: DictionaryEntry[] } = parse(readFileSync(DICTIONARY, "utf8"));
    const dictionary = new Map(extensions.map((entry) => [entry.key, entry]));
    fc.assert(
      fc.property(hostileEvent(), fc.boolean(), (event, hardEquals) => {
        const { fields } = parseCef(goldenFormat({ hardEquals }).format(event, UNLIMITED));

        for (const [key, value] of fields) {
          const { type, length, audience } = dictionary.get(key)!;
          expect(audience).toBe("producer");
          expect(codePoints(value)).toBeLessThanOrEqual(length ?? Number.POSITIVE_INFINITY);
          expect(value).toSatisfy(isOfType(type), `${key}=${value} is no ${type}`);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("a record that JSON can express", () => {
  it("is never refused, however it is nested", () => {
    const format = goldenFormat();
    const event = {
      seq: 1,
      stream: { tenantId: TENANT, source: "riskDetections" },
      id: "x",
      revision: 1,
      time: 0,
    } as const;
    const deep = JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`);

    const line = format.format({ ...event, record: { additionalInfo: deep, location: deep } }, 480);

    expect(parseCef(line).fields.has("cs6")).toBe(false);
  });

  it.each(["a ", "\u0000", "🦊"])("is never refused, however long it is: %j", (unit) => {
    const stream = { tenantId: TENANT, source: "riskDetections" } as const;
    const record = { userPrincipalName: unit.repeat(12_000_000) };

    const line = goldenFormat().format({ seq: 1, stream, id: "x", revision: 1, time: 0, record }, 8_000);

    expect(parseCef(line).fields.get("act")).toBe("Detected");
  });

  it("may be any value in any place", () => {
    const format = goldenFormat();
    fc.assert(
      fc.property(hostileEvent(), fc.dictionary(fc.string(), fc.jsonValue()), (event, record) => {
        parseCef(format.format({ ...event, record }, 480));
      }),
    );
  });
});

function isOfType(type: string): (value: string) => boolean {
  if (type === "ipv4_address") return isIPv4;
  if (type === "ipv6_address") return isIPv6;
  if (type === "double") return (value) => Number.isFinite(Number(value));
  if (type === "long") return (value) => /^-?\d+$/.test(value);
  if (type === "timestamp") return (value) => /^\d{1,15}$/.test(value);
  return () => true;
}

function codePoints(text: string): number {
  return Array.from(text).length;
}
