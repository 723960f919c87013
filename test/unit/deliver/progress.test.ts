import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Examined, type Fate, Progress } from "../../../src/deliver/progress.ts";

/** Events from a place on, one after the other. */
function events(from: number, ...fates: Fate[]): Examined[] {
  return fates.map((fate, index) => ({ seq: from + index, fate }));
}

const NONE = { delivered: 0, filtered: 0, rejected: 0, missed: 0, resent: 0 };

describe("Progress", () => {
  it("moves past events that were left out when nothing waits", () => {
    const progress = new Progress(10);

    progress.advance(events(11, "filtered", "foreign", "filtered"), []);

    const fates = { ...NONE, filtered: 2 };
    expect(progress.answer({ rejected: [] })).toEqual({ expected: 10, cursor: 13, fates, rejected: [] });
  });

  it("stays before what is sent but not confirmed, and keeps what was rejected behind it", () => {
    const progress = new Progress(0);
    progress.advance(events(1, "filtered", "resent", "sent", "sent"), [{ seq: 4, reason: "bad" }]);

    expect(progress.answer({ rejected: [] })).toBeUndefined();
    expect(progress.hasUnconfirmed).toBe(true);
    const answer = progress.answer({ confirmed: 3, rejected: [] });
    expect(answer).toEqual({
      expected: 0,
      cursor: 4,
      fates: { ...NONE, delivered: 1, filtered: 1, rejected: 1, resent: 1 },
      rejected: [{ seq: 4, reason: "bad" }],
    });
    progress.acknowledged(answer!);
    expect(progress.hasUnconfirmed).toBe(false);
  });

  it("makes no dead letter of a notice, but tells once that it was refused", () => {
    const progress = new Progress(0);
    progress.advance(events(1, "told", "sent", "told"), [{ seq: 1, reason: "bad" }]);

    const answer = progress.answer({ confirmed: 3, rejected: [{ seq: 3, reason: "refused" }] });

    expect(answer).toEqual({ expected: 0, cursor: 3, fates: { ...NONE, delivered: 1 }, rejected: [] });
    expect([progress.takeRefused(), progress.takeRefused()]).toEqual([2, 0]);
  });

  it("lets a receipt trail by a batch", () => {
    const progress = new Progress(0);
    progress.advance(events(1, "sent", "sent"), []);
    progress.advance(events(3, "sent", "sent"), []);

    const answer = progress.answer({ confirmed: 2, rejected: [] });

    expect(answer).toMatchObject({ cursor: 2, fates: { delivered: 2 } });
    progress.acknowledged(answer!);
    expect(progress.hasUnconfirmed).toBe(true);
    expect(progress.position).toBe(4);
  });

  it("counts places that held no event any more as missed", () => {
    const progress = new Progress(0);
    progress.advance(events(5, "sent"), []);

    expect(progress.answer({ confirmed: 5, rejected: [] })?.fates).toEqual({ ...NONE, delivered: 1, missed: 4 });
  });

  it("steps back to the cursor and sends everything after it again", () => {
    const progress = new Progress(3);
    progress.advance(events(4, "sent", "sent"), [{ seq: 5, reason: "bad" }]);

    progress.stepBack();

    expect(progress.position).toBe(3);
    expect(progress.answer({ rejected: [] })).toBeUndefined();
  });

  it("goes no further than there is room for what was rejected", () => {
    const progress = new Progress(0);
    const rejected = [4, 2].map((seq) => ({ seq, reason: "bad" }));
    progress.advance(events(1, "sent", "sent", "sent", "sent"), rejected);
    const answer = progress.answer({ confirmed: 3, rejected: [] })!;

    expect(progress.within(answer, 2)).toBe(answer);
    expect(progress.within(answer, 1)).toMatchObject({ cursor: 3, fates: { delivered: 2, rejected: 1 } });
    expect(progress.within(answer, 0)).toMatchObject({ cursor: 1, fates: { delivered: 1 }, rejected: [] });
    progress.acknowledged(progress.within(answer, 0)!);
    expect(progress.within(answer, 0)).toBeUndefined();
  });

  it("never lets the cursor pass a message that is not confirmed, and accounts for every place once", () => {
    const anyFate = fc.constantFrom<Fate>("sent", "resent", "filtered", "foreign");
    const step = fc.record({
      fates: fc.array(anyFate, { minLength: 1, maxLength: 5 }),
      gap: fc.integer({ min: 0, max: 3 }),
      confirms: fc.boolean(),
      fails: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const progress = new Progress(0);
        const log = new Map<number, Fate>();
        let cursor = 0;
        let confirmed = 0;
        let counted = 0;
        for (const { fates, gap, confirms, fails } of steps) {
          if (fails) progress.stepBack();
          const batch = replay(log, progress.position) ?? events(progress.position + 1 + gap, ...fates);
          for (const event of batch) log.set(event.seq, event.fate);
          progress.advance(batch, []);
          if (confirms) confirmed = Math.max(confirmed, ...sentUpTo(log, progress.position));
          const answer = progress.answer({ confirmed, rejected: [] });
          if (!answer) continue;
          progress.acknowledged(answer);
          cursor = answer.cursor;
          const { delivered, filtered, missed, resent } = answer.fates;
          counted += delivered + filtered + missed + resent;
          if (sentUpTo(log, cursor).some((seq) => seq > confirmed)) return false;
        }
        const foreign = [...log].filter(([seq, fate]) => seq <= cursor && fate === "foreign").length;
        return counted === cursor - foreign;
      }),
    );
  });
});

/** What the log holds behind a place, if anything. */
function replay(log: ReadonlyMap<number, Fate>, position: number): Examined[] | undefined {
  const behind = [...log].filter(([seq]) => seq > position).map(([seq, fate]) => ({ seq, fate }));
  return behind.length > 0 ? behind : undefined;
}

function sentUpTo(log: ReadonlyMap<number, Fate>, place: number): number[] {
  return [...log].filter(([seq, fate]) => seq <= place && fate.endsWith("sent")).map(([seq]) => seq);
}
