/** Events as the log has them, where only their places matter. */
import type { LoggedEvent } from "../../src/core/event.ts";

export function loggedEvent(seq: number): LoggedEvent {
  const stream = { tenantId: "t1", source: "signIns" } as const;
  return { seq, stream, id: String(seq), revision: 1, time: 0, received: 0, record: {} };
}
