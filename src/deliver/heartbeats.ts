/** What tells the SIEM, stream by stream, that reading goes on: its silence is an alarm. */
import type { Notice } from "../core/notice.ts";
import { toldOf } from "../core/telling.ts";
import type { StreamStatus } from "../store/store.ts";

/** Five minutes: an alert on silence waits for two or three of them. */
export const HEARTBEAT_MS = 300_000;

/** `now` is host time in epoch milliseconds. */
export function heartbeatOf({ stream, health, mark, totals }: StreamStatus, now: number): Notice {
  const lagSeconds = mark === undefined ? undefined : Math.max(0, Math.round((now - mark) / 1000));
  return { kind: "heartbeat", stream, count: totals.accepted, lagSeconds, ...toldOf(health) };
}
