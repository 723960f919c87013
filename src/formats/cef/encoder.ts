/**
 * Text as CEF can carry it. Order matters: clean, cut to the dictionary's length, escape. What comes out of `clean` is
 * well-formed Unicode in which only LF and CR are control characters and no parser finds the start of another record.
 */

/**
 * UTF-16 units of a value that are looked at, from its first character that stays: many times what any key takes.
 * Regular expressions run out of stack on values of some 20 MB.
 */
const LONGEST_INPUT = 65_536;

/** Neither a space of any kind, nor a control character, nor of two UTF-16 units, nor what has to be escaped. */
const PLAIN_CHARACTERS = "[^\\s\\0-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff=\\\\]+";

/** What most values are: such characters with single spaces inside. Here of many at once, each with a line feed behind it. */
const PLAIN = new RegExp(`^(?:${PLAIN_CHARACTERS}(?: ${PLAIN_CHARACTERS})*\\n)*$`);

/** C0, C1 and DEL, line separators, bidirectional controls, byte order mark; runs of them and of spaces become one space. */
const UNPRINTABLE = /[[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\x20]--[\n\r]]+/gv;

const PRINTABLE = /[^\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\s]/v;

/**
 * `CEF` and `LEEF:` in any case. Splunk SC4S and the OMS agent take the last one in a line for the start of the record,
 * the latter even without a colon. Graph's own ids are let through: in lower case and quoted or alone they start
 * nothing, and one in 65 risk detections has `cef` in its id.
 */
const STARTER =
  /(?<=^|")(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}(?:[0-9a-f]{32})?)(?=$|"|@)|[Cc](?=[Ee][Ff])|[Ll][Ee](?=[Ee][Ff]:)/g;
const LONGEST_HEAD = 2;
/** Without the flag for either case: with it, it takes two thirds longer (measured). */
const HAS_STARTER = /[Cc][Ee][Ff]|[Ll][Ee][Ee][Ff]:/;

const HAS_ESCAPED = /[\\=\n\r]/;
const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "=": "\\=", "\n": "\\n", "\r": "\\r" };

const HARD_EQUALS = "%3D";
/** What a cut must not divide. */
const UNIT = /%3D|./gsu;
const HAS_LONG_UNIT = /%3D|[\ud800-\udfff]/;

/** Whether each line of a text can be written as it is; all of them end with a line feed. */
export function arePlain(lines: string): boolean {
  return lines.length <= LONGEST_INPUT && PLAIN.test(lines) && !HAS_STARTER.test(lines);
}

export function clean(text: string): string {
  return arePlain(`${text}\n`) ? text : breakStarters(makePrintable(text));
}

/** For receivers that unescape `\=` before they look for keys. */
export function hardenEquals(text: string): string {
  return text.replaceAll("=", HARD_EQUALS);
}

/** The longest prefix of at most `max` code points. */
export function truncate(text: string, max: number): string {
  if (text.length <= max) return text;
  // What is cut most is the id of a risk detection.
  if (!HAS_LONG_UNIT.test(text.slice(0, max + HARD_EQUALS.length))) return text.slice(0, max).trim();
  return prefix(text, max, (unit) => (unit === HARD_EQUALS ? unit.length : 1));
}

/** The longest prefix that has at most `maxBytes` bytes of UTF-8 when it is escaped. */
export function truncateBytes(text: string, maxBytes: number): string {
  return prefix(text, maxBytes, (unit) => Buffer.byteLength(escape(unit)));
}

/** An extension value; pipes stay as they are, an escaped one would be invalid. */
export function escape(text: string): string {
  if (!HAS_ESCAPED.test(text)) return text;
  return text.replaceAll(/[\\=\n\r]/g, (character) => ESCAPES[character] ?? character);
}

/** A header value; escapes are legal there, but jc and SC4S read none, so that it has none. */
export function headerValue(text: string, max: number): string {
  return truncate(clean(text).replaceAll(/[^A-Za-z0-9 ._:-]/gu, "_"), max);
}

function makePrintable(text: string): string {
  const from = text.search(PRINTABLE);
  if (from === -1) return "";
  const start = text.slice(from, from + LONGEST_INPUT);
  return start.toWellFormed().replaceAll("\r\n", "\n").replaceAll(UNPRINTABLE, " ").trim();
}

/** No parser finds the start of another record in what comes out. */
export function breakStarters(text: string): string {
  if (!HAS_STARTER.test(text)) return text;
  return text.replaceAll(STARTER, (match) => (match.length > LONGEST_HEAD ? match : `${match}_`));
}

function prefix(text: string, budget: number, costOf: (unit: string) => number): string {
  let used = 0;
  let end = 0;
  for (const [unit] of text.matchAll(UNIT)) {
    used += costOf(unit);
    if (used > budget) return text.slice(0, end).trim();
    end += unit.length;
  }
  return text;
}
