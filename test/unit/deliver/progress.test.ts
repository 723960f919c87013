import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Progress } from "../../../src/deliver/progress.ts";

describe("Progress", () => {
  it("moves past events that were left out when nothing waits", () => {
    const progress = new Progress(10);

    progress.advance(20, undefined, []);

    expect(progress.answer({ rejected: [] })).toEqual({ expected: 10, cursor: 20, rejected: [] });
  });

  it("stays before what is sent but not confirmed, and keeps what was rejected behind it", () => {
    const progress = new Progress(0);
    progress.advance(5, 4, [{ seq: 5, reason: "bad" }]);

    expect(progress.answer({ rejected: [] })).toBeUndefined();
    expect(progress.hasUnconfirmed).toBe(true);
    const answer = progress.answer({ confirmed: 4, rejected: [] });
    expect(answer).toEqual({ expected: 0, cursor: 5, rejected: [{ seq: 5, reason: "bad" }] });
    progress.acknowledged(answer!);
    expect(progress.hasUnconfirmed).toBe(false);
  });

  it("lets a receipt trail by a batch", () => {
    const progress = new Progress(0);
    progress.advance(5, 5, []);
    progress.advance(10, 10, []);

    const answer = progress.answer({ confirmed: 5, rejected: [] });

    expect(answer?.cursor).toBe(5);
    progress.acknowledged(answer!);
    expect(progress.hasUnconfirmed).toBe(true);
    expect(progress.position).toBe(10);
  });

  it("steps back to the cursor and sends everything after it again", () => {
    const progress = new Progress(3);
    progress.advance(9, 9, [{ seq: 7, reason: "bad" }]);

    progress.stepBack();

    expect(progress.position).toBe(3);
    expect(progress.answer({ rejected: [] })).toBeUndefined();
  });

  it("never lets the cursor pass a message that is not confirmed", () => {
    const step = fc.record({
      size: fc.integer({ min: 1, max: 5 }),
      sends: fc.boolean(),
      confirms: fc.boolean(),
      fails: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const progress = new Progress(0);
        let cursor = 0;
        let confirmed = 0;
        const sent = new Set<number>();
        for (const { size, sends, confirms, fails } of steps) {
          if (fails) {
            progress.stepBack();
            sent.clear();
          }
          const last = progress.position + size;
          if (sends) sent.add(last);
          progress.advance(last, sends ? last : undefined, []);
          if (confirms) confirmed = Math.max(confirmed, ...sent);
          const answer = progress.answer({ confirmed, rejected: [] });
          if (!answer) continue;
          progress.acknowledged(answer);
          cursor = answer.cursor;
          if ([...sent].some((seq) => seq > confirmed && seq <= cursor)) return false;
        }
        return true;
      }),
    );
  });
});
