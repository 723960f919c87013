/** Checks the files and variables that a configuration names, before anything is started. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { messageOf } from "../core/errors.ts";
import { secretSource } from "./credentials.ts";
import type { Problem } from "./problems.ts";
import type { Config } from "./schema.ts";

export function fileProblems(config: Config, environment: NodeJS.ProcessEnv): Problem[] {
  return [...namedFiles(config, []), ...secrets(config, environment)];
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
    readPem(key, content);
    return [];
  } catch (error) {
    const expected = key === "secretFile" ? "a readable file" : "a readable file in PEM";
    return [{ path, text: `found ${file}, expected ${expected} (${messageOf(error)})` }];
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
