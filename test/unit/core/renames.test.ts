import { describe, expect, it } from "vitest";
import { type ConfiguredSink, type KnownSink, requireAnswers } from "../../../src/core/renames.ts";

const A = "syslog tls a.example.net 6514";
const B = "relp b.example.net 2514";

/** What is asked, or undefined. */
function question(configured: readonly ConfiguredSink[], known: readonly KnownSink[]): string | undefined {
  try {
    requireAnswers(configured, known);
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ name: "ConfigError", code: "ERF1006" });
    return error instanceof Error ? error.message : "";
  }
}

describe("a sink that looks renamed", () => {
  it("is new to the state and leads to where one led that is no longer configured", () => {
    const asked = question([{ name: "new", route: A }], [{ name: "old", route: A }]);

    expect(asked).toMatch(/^sink new is new and leads to where old led.*renamedFrom: old;.*startFrom: present/);
  });

  it.each<[string, ConfiguredSink, KnownSink[]]>([
    ["leads elsewhere", { name: "new", route: B }, [{ name: "old", route: A }]],
    ["is met for the first time after an upgrade", { name: "new", route: A }, [{ name: "old" }]],
    [
      "is known itself",
      { name: "new", route: A },
      [
        { name: "old", route: A },
        { name: "new", route: A },
      ],
    ],
    ["is said to be the former one", { name: "new", route: A, renamedFrom: "old" }, [{ name: "old", route: A }]],
    ["is said to be another one", { name: "new", route: A, startFrom: "present" }, [{ name: "old", route: A }]],
  ])("is not one that %s", (_name, sink, known) => {
    expect(question([sink], known)).toBeUndefined();
  });

  it("is not one that leads to where another sink leads that is configured or taken over", () => {
    const known = [{ name: "old", route: A }];

    expect(
      question(
        [
          { name: "old", route: A },
          { name: "new", route: A },
        ],
        known,
      ),
    ).toBeUndefined();
    expect(
      question(
        [
          { name: "heir", route: B, renamedFrom: "old" },
          { name: "new", route: A },
        ],
        known,
      ),
    ).toBeUndefined();
  });

  it("is still asked about when the former name is misspelt", () => {
    expect(question([{ name: "new", route: A, renamedFrom: "odl" }], [{ name: "old", route: A }])).toContain("old");
  });
});
