/** Texts that a careless transport would damage: long ones, every script, everything that other layers escape. */

const PARTS = [
  "plain CEF:0|Vendor|Product|1.0|id|name|5|suser=alice@contoso.com",
  'quotes " and \\ backslashes \\\\ and \\n escapes \\= \\|',
  "percent %s %d %n %00 %0a and ${jndi:ldap://x/a} $(id) `id`",
  "<13>1 2026-01-01T00:00:00Z forged forged - - - a header inside",
  "<34>Oct 11 22:14:15 forged su: an old header inside",
  "12 looks like a frame",
  "umlauts äöüß, Greek αβγ, Русский, עברית, العربية, 日本語, 한국어",
  "emoji 😀👩‍👩‍👧‍👦🏳️‍🌈 and combining é ñ Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉",
  "bidi \u202e gnp.exe \u202c zero\u200bwidth \ufeff mark \u2028 line \u2029 paragraph",
  "#011 #012 #000 as rsyslog would escape",
  "   spaces   inside   ",
  '@cee: {"json": [1, 2, {"x": null}]}',
  "-----BEGIN CERTIFICATE-----",
  "\ufffd replacement, \u{10ffff} last code point",
];

/** Line number `seq`: different from all others, between 20 and about `maxBytes` bytes. */
export function hostileLine(seq: number, maxBytes: number): string {
  const part = PARTS[seq % PARTS.length] ?? "";
  const head = `#${seq}# ${part}`;
  if (seq % 10 !== 0) return `${head} end`;
  const filler = seq % 20 === 0 ? "x" : "€";
  const room = maxBytes - Buffer.byteLength(head) - 1;
  return `${head} ${filler.repeat(Math.floor(room / Buffer.byteLength(filler)))}`;
}
