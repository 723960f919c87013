/** Addresses by type, as the dictionary wants them: IPv4 in `src`, IPv6 in `c6a2`. Pure, so without `node:net`. */
import type { Extension } from "./cef-event.ts";
import { clean } from "./encoder.ts";

const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const IPV6_CHARACTERS = /^[0-9A-Fa-f:.]+$/;
const MAPPED = /^\[::ffff:(?<high>[0-9a-f]{1,4}):(?<low>[0-9a-f]{1,4})\]$/;

/**
 * An address with what is no part of it: `203.0.113.9:51123`, `[2001:db8::1]:443`, `fe80::1%eth0`. The characters and
 * lengths are those of addresses, so that no text makes it slow.
 */
const WRAPPED =
  /^(?:(?<ipv4>[\d.]{7,15}):\d{1,5}|\[(?<bracketed>(?=[^\]:]*:)[0-9A-Fa-f:.]{2,45})(?:%[\w.-]{1,64})?\](?::\d{1,5})?|(?<zoned>(?=[^%:]*:)[0-9A-Fa-f:.]{2,45})%[\w.-]{1,64})$/;

export const ADDRESS_LABELS = { c6a2: "Source IPv6 Address" } as const;

export interface SourceAddress extends Pick<Extension, "src" | "c6a2"> {
  /** A text that is no address: it fits no typed key, and is told in `msg`. */
  readonly unreadable?: string;
}

/** A port, brackets and a zone are left out. IPv6 stays as Graph spells it, but one that maps an IPv4 address is that address. */
export function sourceAddress(text: string | undefined): SourceAddress {
  const whole = text?.trim();
  if (whole === undefined) return {};
  if (IPV4.test(whole)) return { src: whole };
  const address = unwrapped(whole);
  if (IPV4.test(address)) return { src: address };
  const canonical = canonicalIpv6(address);
  // A group such as `cef0` is broken like every start of a record, and what is left fits no typed key.
  if (canonical === undefined || clean(address) !== address) return { unreadable: whole };
  const { high, low } = MAPPED.exec(canonical)?.groups ?? {};
  if (high !== undefined && low !== undefined) return { src: dotted(high, low) };
  return { c6a2: address };
}

function unwrapped(text: string): string {
  const { ipv4, bracketed, zoned } = WRAPPED.exec(text)?.groups ?? {};
  return ipv4 ?? bracketed ?? zoned ?? text;
}

/** In brackets, lower case, compressed; undefined when it is none. */
function canonicalIpv6(address: string): string | undefined {
  if (!IPV6_CHARACTERS.test(address)) return undefined;
  const url = `http://[${address}]/`;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

function dotted(high: string, low: string): string {
  const bytes = [high, low].flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]);
  return bytes.join(".");
}
