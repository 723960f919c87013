import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judge, type KnownRevision, type State } from "../../../src/core/news.ts";

const identity = (revision: string, changed?: number): State => ({
  revision,
  ...(changed === undefined ? {} : { changed }),
});

/** Feeds answers of Graph one after another and lists the revision numbers of those that were news. */
function newsOf(answers: readonly State[]): number[] {
  const known: KnownRevision[] = [];
  const news: number[] = [];
  for (const { revision, changed } of answers) {
    const verdict = judge(known, identity(revision, changed));
    if (verdict.kind === "known") continue;
    const entry = { number: verdict.number, revision, changed: changed ?? null };
    if (verdict.kind === "touched") {
      known.splice(-1, 1, entry);
      continue;
    }
    known.push(entry);
    news.push(verdict.number);
  }
  return news;
}

describe("judge", () => {
  it("takes an unknown id as revision 1", () => {
    expect(newsOf([identity("high", 10)])).toEqual([1]);
  });

  it("takes the same state again as known", () => {
    expect(newsOf([identity("high", 10), identity("high", 10)])).toEqual([1]);
  });

  it("takes a changed state with a newer time as the next revision", () => {
    expect(newsOf([identity("high", 10), identity("dismissed", 20)])).toEqual([1, 2]);
  });

  it("takes a change back to an earlier state as news when its time is newer", () => {
    expect(newsOf([identity("high", 10), identity("dismissed", 20), identity("high", 30)])).toEqual([1, 2, 3]);
  });

  it("takes a stale answer as known", () => {
    expect(newsOf([identity("high", 10), identity("dismissed", 20), identity("high", 10)])).toEqual([1, 2]);
  });

  it("takes an enrichment without a newer time as news, once", () => {
    const answers = [identity("bare", 10), identity("enriched", 10), identity("bare", 10), identity("enriched", 10)];

    expect(newsOf(answers)).toEqual([1, 2]);
  });

  it("takes a stale answer as known when the latest state was confirmed later", () => {
    expect(newsOf([identity("high", 10), identity("high", 30), identity("dismissed", 20)])).toEqual([1]);
  });

  it("takes any state of a sign-in that was seen before as old", () => {
    expect(newsOf([identity("none"), identity("high"), identity("none"), identity("high")])).toEqual([1, 2]);
  });

  it("never flips for ever: a bounded set of states gives a bounded number of revisions without newer times", () => {
    const states = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 60 });
    fc.assert(
      fc.property(states, fc.option(fc.constant(7), { nil: undefined }), (revisions, changed) => {
        const news = newsOf(revisions.map((revision) => identity(revision, changed)));
        return news.length === new Set(revisions).size && news.every((number, index) => number === index + 1);
      }),
    );
  });
});
