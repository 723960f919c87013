/** What a stream tells the SIEM about itself. Pure. */
import type { StreamId } from "../core/event.ts";
import type { Health } from "../core/health.ts";
import type { Notice } from "../core/notice.ts";
import type { ReRead, StreamChange } from "../core/stream-state.ts";
import { type Change, toldOf } from "../core/telling.ts";

/** Re-reads that are part of everyday reading. */
const EVERYDAY: readonly ReRead["reason"][] = ["sweep", "unreadable", "unreadable head", "unreadable table"];

export function conditionNotice(stream: StreamId, health: Health, change: Change): Notice {
  return { kind: `stream${change}`, stream, ...toldOf(health) };
}

/** What a commit changed that an operator would ask about. */
export function commitNotices(stream: StreamId, { opened = [], completed, lost }: StreamChange): readonly Notice[] {
  const about = (
    kind: Notice["kind"],
    { from, to }: { readonly from: number; readonly to: number },
    message: string,
  ) => ({
    kind,
    stream,
    from,
    to,
    message,
  });
  return [
    ...opened
      .filter(({ reason }) => !EVERYDAY.includes(reason))
      .map((row) => about("reReadOpened", row, `${row.reason}: this span is read`)),
    ...(completed && !EVERYDAY.includes(completed.reason)
      ? [about("reReadFinished", completed, `${completed.reason}: this span was read`)]
      : []),
    ...(lost
      ? [{ ...about("lostToRetention", lost, "Graph no longer holds this span"), code: "ERF3011" as const }]
      : []),
  ];
}
