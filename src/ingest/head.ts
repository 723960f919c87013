/**
 * The head of a stream: what is new since the mark.
 *
 * One poll opens what the plan asks for, then reads from the mark minus the overlap, without an upper bound, to the
 * last page. Each page is committed as it comes; the mark moves with the last one, to the `Date` of the first: Graph's
 * clock, never the host's. A crash in between reads the window again and dedupe absorbs the repeats.
 */
import { planHead } from "../core/plan.ts";
import type { Stream } from "./stream.ts";

/** Reads the head once. `narrowFailures`: failures in a row that a smaller window could have avoided. */
export async function readHead(stream: Stream, narrowFailures: number, signal: AbortSignal): Promise<void> {
  const { graph, settings, now, source } = stream.parts;
  const present = await graph.connect(signal);
  const change = planHead(stream.state, { graph: present, host: now() }, settings, narrowFailures);
  if (change) await stream.commit([], change);

  const from = (stream.state.mark ?? present) - settings.overlapMs;
  let mark: number | undefined;
  for await (const page of source.pages({ from, top: stream.top, priority: "head" }, graph, signal)) {
    mark ??= page.serverTime;
    await stream.commit(page.records, page.isLast ? { mark } : {});
  }
}
