/**
 * What a part of the daemon is made from, as one text: a part whose recipe is the same after a reload goes on untouched.
 * The contents of the files that it names belong to it, so that a replaced certificate is a change.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

export function recipeOf(...ingredients: readonly unknown[]): string {
  return JSON.stringify([ingredients, filesIn(ingredients).map(digestOf)]);
}

/** Every key whose name ends in `File` names one. */
function filesIn(value: unknown): string[] {
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key.endsWith("File") && typeof inner === "string" ? [inner] : filesIn(inner),
  );
}

/** A file that is gone has no content; who needs it says so. */
function digestOf(file: string): string {
  try {
    return createHash("sha256").update(readFileSync(file)).digest("hex");
  } catch {
    return "";
  }
}
