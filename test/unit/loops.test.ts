/** What a reload leaves alone, ends and begins. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Loops, type Wanted } from "../../src/loops.ts";

function scene() {
  const told: string[] = [];
  const running = new Set<string>();
  const loops = new Loops<{ readonly name: string; readonly endsAfterMs: number }>(async ({ name, endsAfterMs }) => {
    await sleep(endsAfterMs);
    running.delete(name);
    told.push(`${name} ended`);
  });
  const wanted = (name: string, recipe: string, endsAfterMs = 0): Wanted<{ name: string; endsAfterMs: number }> => ({
    name,
    recipe,
    start: async () => {
      if (running.has(name)) throw new Error(`two of ${name} at a time`);
      running.add(name);
      told.push(`${name} started from ${recipe}`);
      return { name, endsAfterMs };
    },
  });
  return { told, loops, wanted };
}

describe("loops", () => {
  it("go on untouched where nothing of theirs has changed", async () => {
    const { told, loops, wanted } = scene();
    await loops.follow([wanted("a", "flour"), wanted("b", "flour"), wanted("c", "flour")]);
    const [first] = loops.all;
    told.length = 0;
    const next = [wanted("d", "flour"), wanted("a", "flour"), wanted("b", "sugar")];

    expect(loops.changesTo(next)).toEqual({ added: ["d"], removed: ["c"], changed: ["b"] });
    await loops.follow(next);

    expect(told.toSorted()).toEqual(["b ended", "b started from sugar", "c ended", "d started from flour"]);
    expect(loops.all).toContain(first);
    expect(loops.changesTo(next)).toEqual({ added: [], removed: [], changed: [] });
  });

  it("end before another of their name starts, and keep nobody else waiting", async () => {
    const { told, loops, wanted } = scene();
    await loops.follow([wanted("slow", "flour", 200), wanted("gone", "flour", 200)]);
    told.length = 0;

    await loops.follow([wanted("slow", "sugar"), wanted("new", "flour")]);

    expect(told[0]).toBe("new started from flour");
    expect(told.indexOf("slow ended")).toBeLessThan(told.indexOf("slow started from sugar"));
    expect(told).toHaveLength(4);
  });

  it("tell what went wrong only when all the others are through", async () => {
    const { told, loops, wanted } = scene();
    const broken = { ...wanted("broken", "flour"), start: () => Promise.reject(new Error("no oven")) };
    await loops.follow([wanted("slow", "flour", 100)]);

    await expect(loops.follow([broken, wanted("slow", "sugar")])).rejects.toThrow("no oven");

    expect(told.at(-1)).toBe("slow started from sugar");
  });
});
