/**
 * When the credentials and certificates of a configuration end: what it tells of client secrets, and what the certificate
 * files say now. A file that cannot be read is left out; who needs it reports that.
 */
import { X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import type { Expiry } from "../core/expiry.ts";
import type { Config, SinkConfig, TenantConfig } from "./schema.ts";

const CERTIFICATE = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----.+?-----END (?:TRUSTED )?CERTIFICATE-----/gs;

/** Reads the files anew, for they are replaced while the daemon runs. */
export function expiriesOf({ tenants, sinks }: Config): readonly Expiry[] {
  return [...tenants.flatMap(ofTenant), ...sinks.flatMap(ofSink)];
}

function ofTenant({ name, tenantId, credential }: TenantConfig): Expiry[] {
  const { certificateFile, expires } = credential;
  const tenant = { tenantId: tenantId.toLowerCase() };
  if (certificateFile === undefined) {
    const subject = `tenant ${name}: client secret`;
    return expires === undefined ? [] : [{ subject, ...tenant, expires: Date.parse(expires) }];
  }
  const subject = `tenant ${name}: client certificate`;
  return endsIn(certificateFile)
    .slice(0, 1)
    .map((end) => ({ subject, ...tenant, expires: end }));
}

/** A certificate's own end is that of the first in its file; of CAs the one that ends first may be the one in use. */
function ofSink({ name, tls }: SinkConfig): Expiry[] {
  const own = endsIn(tls?.certFile).slice(0, 1);
  const [firstCa] = endsIn(tls?.caFile).toSorted((a, b) => a - b);
  return [
    ...own.map((end) => ({ subject: `sink ${name}: client certificate`, sink: name, expires: end })),
    ...(firstCa === undefined ? [] : [{ subject: `sink ${name}: CA`, sink: name, expires: firstCa }]),
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
