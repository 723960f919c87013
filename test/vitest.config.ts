import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** Test files that make certificates, where there is nothing to make them with. */
function filesWithoutOpenssl(): string[] {
  if (spawnSync("openssl", ["version"]).status === 0) return [];
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" });
  const needing = files.filter((file) => {
    return (
      file.endsWith(".test.ts") &&
      /openssl|\/certificates\.ts/.test(readFileSync(join(import.meta.dirname, file), "utf8"))
    );
  });
  process.stderr.write(`openssl is not installed, so these tests are left out: ${needing.join(", ")}\n`);
  return needing;
}

const exclude = filesWithoutOpenssl();

/**
 * Unit and contract tests are quick; system tests start real processes and get more time. Most of the time goes into
 * waiting for Graph's request budgets and for polls, so more files run at once than there are cores.
 */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    globalSetup: "support/release-ports.ts",
    maxWorkers: 6,
    projects: [
      { test: { name: "unit", include: ["unit/**/*.test.ts"], exclude, testTimeout: 30_000, hookTimeout: 30_000 } },
      {
        test: {
          name: "contract",
          include: ["contract/**/*.test.ts"],
          exclude,
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: "faults",
          include: ["faults/**/*.test.ts"],
          exclude,
          // Each of these tests keeps a daemon, two collectors and a simulated Graph busy.
          maxConcurrency: 3,
        },
      },
      {
        test: {
          name: "system",
          include: ["system/**/*.test.ts"],
          exclude,
          maxConcurrency: 10,
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
