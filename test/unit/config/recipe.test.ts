import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { recipeOf } from "../../../src/config/recipe.ts";

const directory = mkdtempSync(join(tmpdir(), "recipe-"));
const keyFile = join(directory, "key.pem");

afterAll(() => rmSync(directory, { recursive: true, force: true }));

it("is another when a value, or the content of a file that is named anywhere in it, is another", () => {
  const recipe = (port: number) => recipeOf({ name: "siem", port, tls: { keyFile } }, ["all"]);
  writeFileSync(keyFile, "one");
  const first = recipe(514);

  expect(recipe(514)).toBe(first);
  expect(recipe(601)).not.toBe(first);
  writeFileSync(keyFile, "two");
  expect(recipe(514)).not.toBe(first);
  rmSync(keyFile);
  expect(recipe(514)).not.toBe(first);
});

it("does not hold what it read", () => {
  writeFileSync(keyFile, "canary");

  expect(recipeOf({ keyFile })).not.toContain("canary");
});
