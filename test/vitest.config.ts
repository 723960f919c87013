import { defineConfig } from "vitest/config";

/** Unit and contract tests are quick and share workers; system tests start real processes and get more time. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    projects: [
      { test: { name: "unit", include: ["unit/**/*.test.ts"] } },
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
