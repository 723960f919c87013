/** What tells the SIEM, stream by stream, that reading goes on: its silence is an alarm. */
import type { StreamId } from "../core/event.ts";
import type { Notice } from "../core/notice.ts";
import { toldOf } from "../core/telling.ts";
import type { Store, StreamStatus } from "../store/store.ts";
import type { Notices } from "./notices.ts";

/** Five minutes: an alert on silence waits for two or three of them. */
export const HEARTBEAT_MS = 300_000;

/** `now` is host time in epoch milliseconds. */
export function heartbeatOf({ stream, health, mark, totals }: StreamStatus, now: number): Notice {
  const lagSeconds = mark === undefined ? undefined : Math.max(0, Math.round((now - mark) / 1000));
  return { kind: "heartbeat", stream, count: totals.accepted, lagSeconds, ...toldOf(health) };
}

export interface BeatParts {
  readonly store: Pick<Store, "status">;
  readonly notices: Notices;
}

/** Tells of every stream that is read. Throws TransientError or StateError when the state cannot be read. */
export async function beat({ store, notices }: BeatParts, isRead: (stream: StreamId) => boolean): Promise<void> {
  const { streams } = await store.status();
  const now = Date.now();
  for (const status of streams) if (isRead(status.stream)) notices.tell(heartbeatOf(status, now));
}
