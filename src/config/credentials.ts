/** Where a tenant's credential comes from. Values go straight into a Secret. */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BlockedError, messageOf } from "../core/errors.ts";
import { Secret } from "../core/secret.ts";
import type { Credential } from "../graph/tenant.ts";
import type { TenantConfig } from "./schema.ts";

type CredentialConfig = TenantConfig["credential"];

interface SecretSource {
  /** Reads the secret; throws when it is gone. */
  readonly read: () => string;
  readonly missing?: { readonly key: string; readonly text: string };
}

const ATTEMPTS = 5;
const REPLACING_MS = 200;

const NOT_BY_SYSTEMD = "not started by systemd; run by hand: set CREDENTIALS_DIRECTORY to the directory that holds it";

/** Where a client secret is read, and what is wrong with that place now. */
export function secretSource(credential: CredentialConfig, environment: NodeJS.ProcessEnv): SecretSource {
  const { secretFile, secretEnv, secretCredential } = credential;
  if (secretEnv !== undefined) {
    const read = () => environment[secretEnv] ?? "";
    const text = `the environment variable ${secretEnv} is not set`;
    return read() === "" ? { read, missing: { key: "secretEnv", text } } : { read };
  }
  if (secretCredential === undefined) return { read: () => readFileSync(secretFile ?? "", "utf8").trim() };

  const directory = environment["CREDENTIALS_DIRECTORY"];
  const read = () => readFileSync(join(directory ?? "", secretCredential), "utf8").trim();
  try {
    if (directory === undefined) throw new Error(NOT_BY_SYSTEMD);
    read();
    return { read };
  } catch (error) {
    const text = `the systemd credential ${secretCredential} cannot be read (${messageOf(error)})`;
    return { read, missing: { key: "secretCredential", text } };
  }
}

/** Reads the credential afresh. Throws BlockedError when it cannot be read. */
export async function readCredential(tenant: TenantConfig, environment: NodeJS.ProcessEnv): Promise<Credential> {
  const { certificateFile, privateKeyFile } = tenant.credential;
  try {
    if (certificateFile === undefined || privateKeyFile === undefined) {
      return { clientSecret: new Secret(await readSecret(secretSource(tenant.credential, environment))) };
    }
    const certificate = await readFile(certificateFile, "utf8");
    return { certificate, privateKey: new Secret(await readFile(privateKeyFile, "utf8")) };
  } catch (error) {
    throw new BlockedError(
      "ERF1003",
      `tenant ${tenant.name}: the credential cannot be read (${messageOf(error)})`,
      remedyOf(tenant.credential),
    );
  }
}

/** A file that is just being replaced is empty for an instant, which must not park the tenant for minutes. */
async function readSecret({ read }: SecretSource): Promise<string> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const secret = read();
    if (secret !== "") return secret;
    await sleep(REPLACING_MS);
  }
  throw new Error("it is empty");
}

/** A file is read again for each token; systemd copies a credential, and passes a variable, at the start only. */
function remedyOf({ secretEnv, secretCredential }: CredentialConfig): string {
  if (secretEnv !== undefined) return "Set the variable that tenants[].credential.secretEnv names and restart.";
  if (secretCredential === undefined) {
    return "Restore the file that tenants[].credential names; polling resumes by itself.";
  }
  return "Restore the file that LoadCredential= names and restart the service (systemctl restart).";
}
