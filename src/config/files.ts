/** Checks the files and variables that a configuration names, before anything is started. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { messageOf } from "../core/errors.ts";
import { isEncryptedKey, readKeyPair, requireEntraKey } from "../graph/key-pair.ts";
import { secretSource } from "./credentials.ts";
import type { Problem } from "./problems.ts";
import type { Config } from "./schema.ts";

export function fileProblems(config: Config, environment: NodeJS.ProcessEnv): Problem[] {
  const unreadable = namedFiles(config, []);
  return [...(unreadable.length > 0 ? unreadable : keyPairs(config)), ...secrets(config, environment)];
}

/** Every key whose name ends in `File` names one that must be there and hold what the key says. */
function namedFiles(value: unknown, path: readonly (string | number)[]): Problem[] {
  if (value === null || typeof value !== "object") return [];
  const problems: Problem[] = [];
  for (const [key, inner] of Object.entries(value)) {
    const place = [...path, Array.isArray(value) ? Number(key) : key];
    if (key.endsWith("File") && typeof inner === "string") problems.push(...fileProblem(key, inner, place));
    else problems.push(...namedFiles(inner, place));
  }
  return problems;
}

function fileProblem(key: string, file: string, path: readonly (string | number)[]): Problem[] {
  try {
    const content = readFileSync(file, "utf8");
    if (content.trim() === "") return [{ path, text: `found ${file}, which is empty` }];
    if (/^(privateKey|key)File$/.test(key) && isEncryptedKey(content)) return [{ path, text: encrypted(file) }];
    readPem(key, content);
    return [];
  } catch (error) {
    const expected = key === "secretFile" ? "a readable file" : "a readable file in PEM";
    if (!looksLikeFile(file)) return [{ path, text: `${NOT_SHOWN}, expected ${expected}` }];
    return [{ path, text: `found ${file}, expected ${expected} (${messageOf(error)})` }];
  }
}

const NOT_SHOWN = "found no such file (its name is not shown: without a directory it may be the secret itself)";

/** A secret pasted in place of a path is no file and has no directory, or it is PEM. */
function looksLikeFile(value: string): boolean {
  return existsSync(value) || (value.includes("/") && !value.includes("-----"));
}

function encrypted(file: string): string {
  return `found ${file}, which is encrypted, expected an unencrypted key (openssl pkey -in ${file} -out unencrypted.key)`;
}

/** Certificate and key of each tenant and sink, which are readable by now, must belong together. */
function keyPairs({ tenants, sinks }: Config): Problem[] {
  const problems: Problem[] = [];
  for (const [index, { credential }] of tenants.entries()) {
    const { certificateFile, privateKeyFile } = credential;
    const path = ["tenants", index, "credential", "privateKeyFile"];
    problems.push(...keyPairProblem([certificateFile, privateKeyFile], path, requireEntraKey));
  }
  for (const [index, sink] of sinks.entries()) {
    const path = ["sinks", index, "tls", "keyFile"];
    problems.push(...keyPairProblem([sink.tls?.certFile, sink.tls?.keyFile], path));
  }
  return problems;
}

function keyPairProblem(
  [certificateFile, keyFile]: readonly (string | undefined)[],
  path: readonly (string | number)[],
  require: (key: KeyObject) => void = () => {},
): Problem[] {
  if (certificateFile === undefined || keyFile === undefined) return [];
  try {
    require(readKeyPair(readFileSync(certificateFile, "utf8"), readFileSync(keyFile, "utf8")).key);
    return [];
  } catch (error) {
    return [{ path, text: `found ${keyFile} for ${certificateFile}: ${messageOf(error)}` }];
  }
}

/** Throws when a key that names PEM names something else. */
function readPem(key: string, content: string): X509Certificate | KeyObject | undefined {
  if (/^(certificate|cert|ca)File$/.test(key)) return new X509Certificate(content);
  if (/^(privateKey|key)File$/.test(key)) return createPrivateKey(content);
  return undefined;
}

function secrets(config: Config, environment: NodeJS.ProcessEnv): Problem[] {
  const problems: Problem[] = [];
  for (const [index, { credential }] of config.tenants.entries()) {
    if (credential.secretFile !== undefined) continue;
    const { missing } = secretSource(credential, environment);
    if (missing === undefined) continue;
    problems.push({ path: ["tenants", index, "credential", missing.key], text: missing.text });
  }
  return problems;
}
