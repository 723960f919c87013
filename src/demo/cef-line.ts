/** Reads a syslog line with CEF, as a SIEM would, so that the demo can show it to a person. */

export interface CefLine {
  readonly signature: string;
  readonly name: string;
  readonly severity: number;
  readonly fields: ReadonlyMap<string, string>;
}

/** Undefined for a line that holds no CEF. */
export function parseCefLine(line: string): CefLine | undefined {
  const start = line.indexOf("CEF:0|");
  if (start === -1) return undefined;
  const [, , , , signature = "", name = "", severity = "", ...rest] = line.slice(start).split("|");
  return { signature, name, severity: Number(severity), fields: parseExtension(rest.join("|")) };
}

function parseExtension(text: string): Map<string, string> {
  const pairs = text.matchAll(/(?<key>\w+)=(?<value>(?:\\.|[^\\=])*?)(?=\s\w+=|$)/g);
  return new Map([...pairs].map(({ groups }) => [groups?.["key"] ?? "", unescape(groups?.["value"] ?? "")]));
}

function unescape(value: string): string {
  return value.replace(/\\(?<escaped>.)/g, (_, escaped: string) => (escaped === "n" ? " " : escaped));
}
