/** When what a configuration names ends, as real certificate files tell it. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { stringify } from "yaml";
import { expiriesOf } from "../../../src/config/expiries.ts";
import { readConfig } from "../../../src/config/load.ts";
import { createAuthority } from "../../support/certificates.ts";

const directory = mkdtempSync(join(tmpdir(), "expiries-"));
const altNames = "DNS:localhost";

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function id(index: number): string {
  return `5611623b-9128-461e-9d7f-a0d9c270ead${index}`;
}

function configured(tenants: readonly object[], sink: object) {
  const file = join(directory, "config.yaml");
  const named = tenants.map((credential, index) => ({
    name: `t${index}`,
    tenantId: id(index).toUpperCase(),
    clientId: id(index),
    credential,
  }));
  writeFileSync(file, stringify({ tenants: named, sinks: [{ name: "siem", type: "syslog", host: "h", ...sink }] }));
  return readConfig(file);
}

it("reads client secrets' told dates, certificates and the CA that ends first, anew each time", async () => {
  const authority = await createAuthority(directory, "ca");
  const soon = await authority.issue("soon", { altNames, validity: ["20250101000000Z", "20270102030405Z"] });
  const later = await authority.issue("later", { altNames, validity: ["20250101000000Z", "20280102030405Z"] });
  const bundle = join(directory, "bundle.pem");
  writeFileSync(bundle, readFileSync(later.certFile, "utf8") + readFileSync(soon.certFile, "utf8"));
  const rotating = join(directory, "rotating.pem");
  copyFileSync(soon.certFile, rotating);
  const config = configured(
    [
      { secretFile: "a", expires: "2027-03-01" },
      { secretEnv: "B" },
      { certificateFile: bundle, privateKeyFile: later.keyFile },
      { secretCredential: "c", expires: "2027-03-01T12:00:00+02:00" },
    ],
    { transport: "tls", tls: { caFile: bundle, certFile: rotating, keyFile: soon.keyFile } },
  );

  const before = expiriesOf(config);
  copyFileSync(later.certFile, rotating);
  const after = expiriesOf(config);
  rmSync(bundle);

  const remedy = expect.stringContaining("tls.");
  const certificate = { subject: "sink siem: client certificate", sink: "siem", remedy };
  expect(before).toEqual([
    {
      subject: "tenant t0: client secret",
      tenantId: "5611623b-9128-461e-9d7f-a0d9c270ead0",
      expires: Date.parse("2027-03-01T00:00:00Z"),
      remedy: expect.stringContaining("new client secret"),
    },
    expect.objectContaining({
      subject: "tenant t2: client certificate",
      expires: Date.parse("2028-01-02T03:04:05Z"),
    }),
    expect.objectContaining({ subject: "tenant t3: client secret", expires: Date.parse("2027-03-01T10:00:00Z") }),
    { ...certificate, expires: Date.parse("2027-01-02T03:04:05Z") },
    { subject: "sink siem: CA", sink: "siem", remedy, expires: Date.parse("2027-01-02T03:04:05Z") },
  ]);
  expect(after[3]).toEqual({ ...certificate, expires: Date.parse("2028-01-02T03:04:05Z") });
  expect(expiriesOf(config).map(({ subject }) => subject)).not.toContain("sink siem: CA");
});

it.each([
  [{ secretFile: "a", expires: "next year" }, "a date such as 2027-03-01"],
  [{ secretFile: "a", expires: "2027-02-30" }, "a date such as 2027-03-01"],
  [{ secretFile: "a", expires: "2027-03-01T10:00" }, "a date such as 2027-03-01"],
  [{ expires: "2027-03-01" }, "exactly one of secretFile"],
  [{ certificateFile: "a", privateKeyFile: "b", expires: "2027-03-01" }, "no date beside a certificate"],
])("refuses %j", (credential, expected) => {
  expect(() => configured([credential], { transport: "tcp" })).toThrow(expected);
});
