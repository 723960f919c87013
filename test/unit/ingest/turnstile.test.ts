/** Reading gives way to sending, for a moment, and to nobody who does not get on. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Turnstile } from "../../../src/ingest/turnstile.ts";

async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await nextTurn();
}

describe("the turnstile", () => {
  let isBusy = false;
  let passed: string[] = [];
  let turnstile: Turnstile;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    isBusy = false;
    passed = [];
    turnstile = new Turnstile(() => isBusy);
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  async function pass(name: string): Promise<void> {
    await turnstile.pass();
    passed.push(name);
    isBusy = name.startsWith("large");
  }

  it("lets everything pass while sinks have room", async () => {
    for (const name of ["a", "b", "c"]) void pass(name);
    await turns();

    expect(passed).toEqual(["a", "b", "c"]);
  });

  it("lets one after the other pass as sinks get on", async () => {
    for (const name of ["large a", "large b", "c"]) void pass(name);
    await turns();
    expect(passed).toEqual(["large a"]);

    // A batch was sent, and there is still enough.
    turnstile.progressed();
    await turns();
    expect(passed).toEqual(["large a"]);

    isBusy = false;
    turnstile.progressed();
    await turns();
    expect(passed).toEqual(["large a", "large b"]);
  });

  it("waits half a second, and then for nobody until a sink has room", async () => {
    for (const name of ["large a", "large b", "large c"]) void pass(name);
    await turns();
    vi.advanceTimersByTime(499);
    // It gets on, but too slowly.
    turnstile.progressed();
    await turns();
    expect(passed).toEqual(["large a"]);

    vi.advanceTimersByTime(1);
    await turns();
    expect(passed).toEqual(["large a", "large b", "large c"]);
    void pass("large d");
    await turns();
    expect(passed).toHaveLength(4);

    isBusy = false;
    for (const name of ["large e", "large f"]) void pass(name);
    await turns();
    expect(passed).toHaveLength(5);
  });

  it("lets no page wait for more than ten seconds, however slowly room is made", async () => {
    const names = Array.from({ length: 40 }, (_, index) => `large ${index}`);
    for (const name of names) void pass(name);
    await turns();
    for (let elapsed = 450; elapsed <= 9_900; elapsed += 450) {
      vi.advanceTimersByTime(450);
      isBusy = false;
      turnstile.progressed();
      await turns();
    }
    expect(passed).toEqual(names.slice(0, 23));

    vi.advanceTimersByTime(450);
    isBusy = false;
    turnstile.progressed();
    for (let again = 0; again < 3; again += 1) await turns();
    expect(passed).toEqual(names);
  });
});
