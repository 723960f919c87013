/**
 * The head of a stream: what is new since the mark.
 *
 * One poll opens what the plan asks for, then reads from a little below the mark, without an upper bound, to the last
 * page. Each page is committed as it comes; the mark moves with the last one, to the `Date` of the first: Graph's
 * clock, never the host's. A crash in between reads the window again and dedupe absorbs the repeats.
 */
import { TooOldError } from "../core/errors.ts";
import { headStart, isAhead, outage, planHead } from "../core/plan.ts";
import type { Reading, Stream } from "./stream.ts";

/** Reads the head once. `narrowFailures`: failures in a row that a smaller window could have avoided. */
export async function readHead(stream: Stream, narrowFailures: number, reading: Reading): Promise<void> {
  const { graph, settings, now } = stream.parts;
  const present = await graph.connect(reading.signal, reading.pulse);
  const isAssumed = graph.now() === undefined;
  const isFirst = stream.state.mark === undefined;
  const clocks = { graph: present, host: now(), isAssumed };
  await stream.commit([], (state) => planHead(state, clocks, settings, narrowFailures));
  try {
    await readNews(stream, reading, isFirst && isAssumed);
  } catch (error) {
    if (!(error instanceof TooOldError)) throw error;
    // A mark of long ago: the re-read is cut to what Graph still holds, the head goes on from the present.
    await stream.commit([], (state) => outage(state, graph.now() ?? present, settings));
  }
}

/** `isAssumed`: the mark is of the host's clock, as nothing was read before; Graph's takes its place. */
async function readNews(stream: Stream, { signal, pulse }: Reading, isAssumed: boolean): Promise<void> {
  const { graph, settings, source } = stream.parts;
  const from = headStart(stream.state, settings);
  let present: number | undefined;
  for await (const page of source.pages({ from, top: stream.top, priority: "head", pulse }, graph, signal)) {
    present ??= page.serverTime;
    const mark = present;
    await stream.commit(page.records, (state) => {
      if (!page.isLast) return {};
      // Nobody has asked for what became visible while the mark was ahead.
      return !isAssumed && isAhead(state, mark, settings) ? outage(state, mark, settings) : { mark };
    });
  }
}
