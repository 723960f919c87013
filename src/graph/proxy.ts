/** The proxy towards Microsoft, as the environment names it. Its URL may hold a password, which no message quotes. */
import { ConfigError } from "../core/errors.ts";

/** Node.js goes past a proxy that it cannot read, so it is read here first. Throws ConfigError. */
export function proxyEnvironment({ HTTPS_PROXY, https_proxy, NO_PROXY, no_proxy }: NodeJS.ProcessEnv) {
  const proxy = HTTPS_PROXY || https_proxy || "";
  const url = URL.parse(proxy);
  if (proxy !== "" && !/^https?:$/.test(url?.protocol ?? "")) {
    throw new ConfigError("ERF1001", "HTTPS_PROXY: expected a URL such as http://proxy.example.net:3128");
  }
  if (url && !(isDecodable(url.username) && isDecodable(url.password))) {
    const expected = "expected percent-encoding in its user and password, such as %25 for a percent sign";
    throw new ConfigError("ERF1001", `HTTPS_PROXY: ${expected}`);
  }
  return { HTTPS_PROXY: proxy, NO_PROXY: NO_PROXY || no_proxy };
}

/** Where the proxy is, without user and password; undefined: there is none. */
export function proxyUrl(environment: NodeJS.ProcessEnv): URL | undefined {
  const url = URL.parse(proxyEnvironment(environment).HTTPS_PROXY);
  return url === null ? undefined : new URL(url.origin);
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
