/** What every message carries: who it is about, so that a SIEM can drop repeats. */
import { isNotice, type StoredEvent } from "../../core/event.ts";
import { hashOf } from "../../core/revision.ts";
import { parseGraphTime } from "../../core/time.ts";
import type { Extension } from "./cef-event.ts";
import { breakStarters } from "./encoder.ts";

/** Leaves room in the 128 characters of devicePayloadId for `@` and the longest revision number. */
const PLAIN_ID = /^[!-<>-[\]-~]{1,111}$/;

export function identityOf(event: StoredEvent, dvchost: string): Extension {
  if (isNotice(event)) {
    const { id, notice } = event;
    const deviceExternalId = notice.tenantId ?? notice.stream?.tenantId;
    return { externalId: id, devicePayloadId: `${id}@1`, deviceExternalId, dvchost };
  }
  const { id, revision, stream } = event;
  const devicePayloadId = `${payloadId(id)}@${revision}`;
  return { externalId: id, devicePayloadId, deviceExternalId: stream.tenantId, dvchost };
}

/** Epoch milliseconds of the first that is a time since 1970; CEF has no others. */
export function timeOf(value: unknown, otherwise?: number): number | undefined {
  const time = parseGraphTime(value);
  if (time !== undefined && time >= 0) return time;
  return otherwise !== undefined && otherwise >= 0 ? otherwise : undefined;
}

/**
 * An id that CEF cannot carry unchanged is replaced by its hash: cut or cleaned, two ids could become one, and a SIEM
 * would drop the second event as a repeat.
 */
function payloadId(id: string): string {
  return PLAIN_ID.test(id) && breakStarters(id) === id ? id : hashOf(id);
}
