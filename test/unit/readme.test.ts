/** What the README and the shipped files say must be what the product does. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { jsonSchema } from "../../src/config/load.ts";
import { configSchema } from "../../src/config/schema.ts";
import { ERROR_CODES } from "../../src/core/codes.ts";
import { NOTICES } from "../../src/core/notice.ts";

const ROOT = join(import.meta.dirname, "../..");
function sourceFiles(): string[] {
  const names = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".ts")).map((name) => readFileSync(join(ROOT, "src", name), "utf8"));
}

const readme = readFileSync(join(ROOT, "README.md"), "utf8");

describe("README", () => {
  it("lists every error code with its meaning and remedy, and no other", () => {
    const rows = readme.matchAll(/^\| (?<code>ERF\d{4}) \| (?<meaning>[^|]+) \| (?<remedy>.+) \|$/gm);

    expect(Object.fromEntries([...rows].map(({ groups }) => [groups?.["code"], groups]))).toEqual(
      Object.fromEntries(Object.entries(ERROR_CODES).map(([code, texts]) => [code, { code, ...texts }])),
    );
  });

  it("lists every notice with its severity, and no other", () => {
    const rows = readme.matchAll(/^\| forwarder\.(?<kind>[A-Za-z]+) \| (?<severity>\d+) \|/gm);

    expect(Object.fromEntries([...rows].map(({ groups }) => [groups?.["kind"], Number(groups?.["severity"])]))).toEqual(
      Object.fromEntries(Object.entries(NOTICES).map(([kind, { severity }]) => [kind, severity])),
    );
  });
});

describe("the README's log messages", () => {
  const rows = [...readme.matchAll(/^\| (?<level>error|warn|info) \| (?<messages>`.+?`) \| /gm)];
  const listed = rows.flatMap(({ groups }) =>
    [...(groups?.["messages"] ?? "").matchAll(/`(?<message>[^`]+)`/g)].map(
      ({ groups: found }) => `${groups?.["level"]} ${found?.["message"]}`,
    ),
  );
  const written = sourceFiles().flatMap((text) =>
    [...text.matchAll(/\blog\.(?<level>error|warn|info)\(\s*"(?<message>[^"]+)"/g)].map(
      ({ groups }) => `${groups?.["level"]} ${groups?.["message"]}`,
    ),
  );

  it("are written by the product, at that level", () => {
    expect(listed.length).toBeGreaterThan(20);
    expect(listed.filter((message) => !written.includes(message))).toEqual([]);
  });

  it("have every error among them", () => {
    const errors = written.filter((message) => message.startsWith("error "));

    expect(errors.filter((message) => !listed.includes(message))).toEqual([]);
  });
});

describe("config/", () => {
  it("holds the JSON Schema as the product prints it", () => {
    const file: unknown = JSON.parse(readFileSync(join(ROOT, "config/config.schema.json"), "utf8"));

    expect(file).toEqual(jsonSchema());
  });

  it("holds an example that the schema accepts", () => {
    const example: unknown = parse(readFileSync(join(ROOT, "config/config.yaml"), "utf8"));

    expect(configSchema.safeParse(example)).toMatchObject({ success: true });
  });
});
