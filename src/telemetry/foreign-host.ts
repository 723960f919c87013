/**
 * DNS rebinding: a web page whose own name has come to resolve to 127.0.0.1 could read what is on loopback, through the
 * browser of whoever looks at it. Its requests bear that name, so on loopback only loopback's names are answered.
 */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/** `listen` is `host:port`; `asked` is the Host header. */
export function isForeignHost(listen: string, asked: string | undefined): boolean {
  if (!LOOPBACK.test(withoutPort(listen))) return false;
  return asked !== undefined && !LOOPBACK.test(withoutPort(asked));
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, "");
}
