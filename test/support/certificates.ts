/** Certificates for tests, made by openssl: an authority, and what it signs. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

interface CertificateOptions {
  /** `DNS:localhost,IP:127.0.0.1` and the like. */
  readonly altNames: string;
  /** Start and end of validity, as `openssl ca` takes them: 20200101000000Z. */
  readonly validity?: readonly [string, string];
}

export interface Authority {
  readonly caFile: string;
  issue(name: string, options: CertificateOptions): Promise<Certificate>;
}

export async function createAuthority(directory: string, name: string): Promise<Authority> {
  const caFile = join(directory, `${name}.pem`);
  const caKey = join(directory, `${name}.key`);
  const identity = ["-subj", `/CN=${name}`, "-days", "30"];
  await run("openssl", ["req", "-x509", ...NEW_KEY, ...identity, "-keyout", caKey, "-out", caFile]);
  return { caFile, issue: (subject, options) => issue({ caFile, caKey, directory }, subject, options) };
}

interface Signer {
  readonly caFile: string;
  readonly caKey: string;
  readonly directory: string;
}

/** What a TLS server of Node.js needs of a certificate. */
export function serverFiles({ certFile, keyFile }: Certificate) {
  return { cert: readFileSync(certFile), key: readFileSync(keyFile) };
}

async function issue(
  authority: Signer,
  name: string,
  { altNames, validity }: CertificateOptions,
): Promise<Certificate> {
  const { caFile, caKey, directory } = authority;
  const path = (extension: string) => join(directory, `${name}.${extension}`);
  await run("openssl", ["req", ...NEW_KEY, "-subj", `/CN=${name}`, "-keyout", path("key"), "-out", path("csr")]);
  await writeFile(path("index"), "");
  await writeFile(path("cnf"), configuration(path("index"), directory, altNames));
  const signer = ["-config", path("cnf"), "-cert", caFile, "-keyfile", caKey];
  const period = validity === undefined ? ["-days", "30"] : ["-startdate", validity[0], "-enddate", validity[1]];
  const files = ["-in", path("csr"), "-out", path("pem")];
  await run("openssl", ["ca", "-batch", "-notext", ...signer, ...period, ...files]);
  return { certFile: path("pem"), keyFile: path("key") };
}

function configuration(index: string, directory: string, altNames: string): string {
  return `
[ca]
default_ca = authority
[authority]
database = ${index}
new_certs_dir = ${directory}
rand_serial = yes
default_md = sha256
policy = policy
x509_extensions = extensions
[policy]
commonName = supplied
[extensions]
subjectAltName = ${altNames}
`;
}
