/** The way out: proxy, additional CA, and the addresses of Microsoft's hosts. */
import { X509Certificate } from "node:crypto";
import { lookup } from "node:dns/promises";
import { readFileSync } from "node:fs";
import type { ErrorCode } from "../core/codes.ts";
import { messageOf, TransientError } from "../core/errors.ts";
import { proxyEnvironment, proxyUrl } from "../graph/proxy.ts";
import { type GraphTenant, originsOf } from "../graph/tenant.ts";
import { type Finding, type Probes, trouble, type Verdict } from "./check-finding.ts";

type Environment = NodeJS.ProcessEnv;

/** Where there is a proxy, it is the proxy that resolves Microsoft's names. Throws ConfigError. */
export async function checkNetwork(
  tenants: readonly GraphTenant[],
  environment: Environment,
  probes: Probes,
): Promise<Finding[]> {
  const proxy = proxyUrl(environment);
  const hosts = new Map<string, ErrorCode>();
  for (const tenant of tenants) {
    const { login, graph } = originsOf(tenant);
    hosts.set(hostOf(login), "ERF2001").set(hostOf(graph), "ERF3001");
  }
  const names = proxy === undefined ? [...hosts] : ([[hostOf(proxy.origin), "ERF2001"]] as const);
  return [
    { subject: "proxy", outcome: "passed", message: proxyText(proxy, environment) },
    { subject: "CA", outcome: "passed", ...checkExtraCa(environment["NODE_EXTRA_CA_CERTS"]) },
    ...(await Promise.all(
      names
        .filter(([host]) => isName(host))
        .map(([host, code]) => probes.run({ subject: `DNS ${host}`, late: code }, () => resolve(host, code))),
    )),
  ];
}

/** Addresses of a name as connections get them. Throws TransientError with the code. */
export async function resolve(host: string, code: ErrorCode): Promise<Verdict> {
  try {
    const found = await lookup(host, { all: true });
    return { message: found.map(({ address }) => address).join(", ") };
  } catch (error) {
    throw new TransientError(code, `${host} has no address (${messageOf(error)})`, { cause: error });
  }
}

/** Whether a host is a name: an address needs no resolving. */
export function isName(host: string): boolean {
  return !/^[\d.]+$|:/.test(host);
}

function hostOf(origin: string): string {
  return new URL(origin).hostname.replaceAll(/[[\]]/g, "");
}

function proxyText(proxy: URL | undefined, environment: Environment): string {
  if (proxy === undefined) return "none, as HTTPS_PROXY is not set here";
  const { NO_PROXY } = proxyEnvironment(environment);
  return `${proxy.origin}${NO_PROXY ? `, but not for ${NO_PROXY}` : ""}`;
}

/** Node.js goes on without a file that it cannot read, and says so on standard error only. */
function checkExtraCa(file: string | undefined): Verdict {
  if (!file) return { message: "those of Node.js, as NODE_EXTRA_CA_CERTS is not set here" };
  try {
    const content = readFileSync(file, "utf8");
    const { subject } = new X509Certificate(content);
    const others = content.split("-----BEGIN ").length - 2;
    const name = /^(?:CN|OU?)=.+$/m.exec(subject)?.[0] ?? "no name";
    return { message: `those of Node.js and of ${file} (${name}${others > 0 ? ` and ${others} more` : ""})` };
  } catch (error) {
    const found = `NODE_EXTRA_CA_CERTS: ${file} cannot be used (${messageOf(error)}); Node.js goes on without it`;
    return trouble("warned", "ERF1003", found, "Name a readable file in PEM");
  }
}
