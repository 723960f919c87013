import { defineConfig } from "vitest/config";

/**
 * Unit and contract tests are quick; system tests start real processes and get more time. Most of the time goes into
 * waiting for Graph's request budgets and for polls, so more files run at once than there are cores.
 */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    maxWorkers: 6,
    projects: [
      { test: { name: "unit", include: ["unit/**/*.test.ts"], testTimeout: 30_000 } },
      { test: { name: "contract", include: ["contract/**/*.test.ts"], testTimeout: 30_000 } },
      {
        test: {
          name: "system",
          include: ["system/**/*.test.ts"],
          maxConcurrency: 10,
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
