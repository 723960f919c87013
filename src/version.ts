/** The product's version, from its package.json. */
import { readFileSync } from "node:fs";

export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  if (manifest === null || typeof manifest !== "object" || !("version" in manifest)) return "0.0.0";
  return String(manifest.version);
}
