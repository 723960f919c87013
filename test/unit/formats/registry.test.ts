import { describe, expect, it } from "vitest";
import { createFormat, FORMAT_DEFINITIONS } from "../../../src/formats/registry.ts";

const EVENT = {
  seq: 1,
  stream: { tenantId: "t", source: "riskyUsers" },
  id: "x",
  revision: 1,
  time: 0,
  record: {},
} as const;

function lineOf(options: object): string {
  const config = FORMAT_DEFINITIONS.cef.schema.parse({ type: "cef", ...options });
  return createFormat(config, { version: "2.3.4", hostname: "here.contoso.com" }).format(EVENT, 8_000);
}

describe("cef", () => {
  it("is made with its defaults", () => {
    expect(FORMAT_DEFINITIONS.cef.schema.parse({ type: "cef" })).toEqual({
      type: "cef",
      hardEquals: false,
      spaceAfterHeader: false,
    });
    expect(lineOf({})).toMatch(
      /^CEF:0\|Entra Risk Forwarder\|Entra ID\|2\.3\.4\|.*\|rt=0 .* dvchost=here\.contoso\.com /,
    );
  });

  it("keeps its header whole whatever the version is", () => {
    const config = FORMAT_DEFINITIONS.cef.schema.parse({ type: "cef" });

    const line = createFormat(config, { version: "1|2=3", hostname: "here" }).format(EVENT, 8_000);

    expect(line).toMatch(/^CEF:0\|Entra Risk Forwarder\|Entra ID\|1_2_3\|riskyUser/);
  });

  it("takes the host's name from its configuration", () => {
    expect(lineOf({ hostname: "there" })).toContain(" dvchost=there ");
  });

  it("puts a space after the header where it is asked to", () => {
    expect(lineOf({ spaceAfterHeader: true })).toContain("| rt=0 ");
  });

  it.each([{ hostname: "" }, { hardEquals: "yes" }, { maxBytes: 1 }])("refuses %j", (options) => {
    expect(FORMAT_DEFINITIONS.cef.schema.safeParse({ type: "cef", ...options }).success).toBe(false);
  });

  it.each(Object.entries(FORMAT_DEFINITIONS.cef.schema.shape))("describes %s", (_, option) => {
    expect(option.description).toBeTruthy();
  });
});
