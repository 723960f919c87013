/** A strict CEF parser, after the standard and stricter: it throws on everything that a receiver could read in two ways. */

export interface CefLine {
  /** CEF:0, vendor, product, version, signature, name, severity. */
  readonly header: readonly string[];
  /** Values without their escapes, labels included, in the order of the line. */
  readonly fields: ReadonlyMap<string, string>;
}

const LINE = /^(?<header>CEF:0(?:\|[A-Za-z0-9 ._:()-]+){5}\|(?:10|\d))\| ?(?<extension>.*)$/u;
const PAIR = /(?<key>[A-Za-z0-9]+)=(?<value>(?:[^\\=\p{Cc}]|\\[\\=nr])+?)(?: (?=[A-Za-z0-9]+=)|$)/uy;

export function parseCef(line: string): CefLine {
  const { header, extension } = LINE.exec(line)?.groups ?? {};
  if (header === undefined || extension === undefined) throw new Error(`no CEF line: ${line}`);
  return { header: header.split("|"), fields: parseExtension(extension) };
}

function parseExtension(extension: string): Map<string, string> {
  const fields = new Map<string, string>();
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < extension.length) {
    const rest = extension.slice(PAIR.lastIndex);
    const { key, value } = PAIR.exec(extension)?.groups ?? {};
    if (key === undefined || value === undefined) throw new Error(`no pair: ${rest}`);
    if (value !== value.trim()) throw new Error(`outer spaces: ${key}=${value}`);
    if (fields.has(key)) throw new Error(`twice: ${key}`);
    fields.set(key, unescape(value));
  }
  return fields;
}

function unescape(value: string): string {
  return value.replaceAll(/\\(?<escaped>.)/g, (_, escaped: string) => ({ n: "\n", r: "\r" })[escaped] ?? escaped);
}
