/**
 * When the credentials and certificates of a configuration end: what it tells of client secrets, and what the certificate
 * files say now. A file that cannot be read is left out; who needs it reports that.
 */
import { X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import type { Expiry } from "../core/expiry.ts";
import type { Config, SinkConfig, TenantConfig } from "./schema.ts";

const REMEDIES = {
  secret: "Create a new client secret, replace the one at hand, and set credential.expires to the new date",
  tenant: "Renew the certificate, upload it to the application, and replace certificateFile and privateKeyFile",
  sink: "Renew the certificate and replace tls.certFile and tls.keyFile",
  ca: "Put the CA that follows it into tls.caFile before the collector gets a certificate of that one",
} as const;

const CERTIFICATE = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----.+?-----END (?:TRUSTED )?CERTIFICATE-----/gs;

/** Reads the files anew, for they are replaced while the daemon runs. */
export function expiriesOf({ tenants, sinks }: Config): readonly Expiry[] {
  return [...tenants.flatMap(expiriesOfTenant), ...sinks.flatMap(expiriesOfSink)];
}

export function expiriesOfTenant({ name, tenantId, credential }: TenantConfig): Expiry[] {
  const { certificateFile, expires } = credential;
  const told = { tenantId: tenantId.toLowerCase(), remedy: REMEDIES.secret };
  if (certificateFile === undefined) {
    const subject = `tenant ${name}: client secret`;
    return expires === undefined ? [] : [{ subject, ...told, expires: Date.parse(expires) }];
  }
  const subject = `tenant ${name}: client certificate`;
  return endsIn(certificateFile)
    .slice(0, 1)
    .map((end) => ({ subject, ...told, expires: end, remedy: REMEDIES.tenant }));
}

/** A certificate's own end is that of the first in its file; of CAs the one that ends first may be the one in use. */
export function expiriesOfSink({ name, tls }: SinkConfig): Expiry[] {
  const own = endsIn(tls?.certFile).slice(0, 1);
  const firstCa = endsIn(tls?.caFile)
    .toSorted((a, b) => a - b)
    .slice(0, 1);
  const subject = `sink ${name}: client certificate`;
  return [
    ...own.map((expires) => ({ subject, sink: name, expires, remedy: REMEDIES.sink })),
    ...firstCa.map((expires) => ({ subject: `sink ${name}: CA`, sink: name, expires, remedy: REMEDIES.ca })),
  ];
}

/** The ends of all certificates of a PEM file, in its order. */
function endsIn(file: string | undefined): number[] {
  if (file === undefined) return [];
  try {
    // Reading a pipe that nobody writes to would never end.
    if (!statSync(file).isFile()) return [];
    const blocks = readFileSync(file, "utf8").match(CERTIFICATE) ?? [];
    return blocks.map((pem) => new X509Certificate(pem).validToDate.getTime());
  } catch {
    return [];
  }
}
