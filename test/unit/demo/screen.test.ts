/** The demo's events must be readable on a terminal of 100 columns, whatever they hold. */
import { describe, expect, it } from "vitest";
import { Screen } from "../../../src/demo/screen.ts";

function shown(fields: Readonly<Record<string, string>>, name: string, columns?: number): string {
  let text = "";
  const screen = new Screen({ write: (part) => (text += part), ...(columns === undefined ? {} : { columns }) });
  screen.event({ signature: "riskDetection.x", name, severity: 10, fields: new Map(Object.entries(fields)) });
  return text;
}

describe("an event on the screen", () => {
  it("fits 100 columns at its longest and still shows its revision", () => {
    const long = "x".repeat(200);

    const line = shown({ suser: long, src: "2001:db8:abc::9999", devicePayloadId: `${long}@2` }, long);

    expect(line).toMatch(/^ {2}sev 10 {2}riskDetection {2}x{22}… {2}x{22}… {2}2001:db8:abc::9999 {2}rev 2\n$/);
    expect(line.trimEnd().length).toBeLessThanOrEqual(100);
  });

  it("uses the width of a wider terminal for the whole name, then for the user, and none of a narrower one", () => {
    const fields = { suser: "a.rather.long.name.of.somebody@subsidiary.contoso.example", devicePayloadId: "id@2" };
    const name = "Risky user: confirmed compromised";

    expect(shown(fields, name, 160)).toContain(`  ${name} `);
    expect(shown(fields, name, 160)).toContain(`  ${fields.suser} `);
    expect(shown(fields, name, 80)).toBe(shown(fields, name));
    for (const columns of [100, 105, 130, 170]) {
      expect(shown(fields, name, columns).trimEnd().length).toBeLessThanOrEqual(columns);
    }
  });

  it("shows no revision for a first one and no control character", () => {
    const line = shown({ suser: "a\u001b[31mb", devicePayloadId: "id@1" }, "Password spray");

    expect(line).not.toContain("rev ");
    expect(line).not.toContain("\u001b");
  });
});
