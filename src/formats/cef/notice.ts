/** The mapping of what the forwarder tells about itself. */
import type { NoticeEvent } from "../../core/event.ts";
import { NOTICES } from "../../core/notice.ts";
import type { CefEvent } from "./cef-event.ts";
import { message } from "./message.ts";
import { signatureOf } from "./signature.ts";

export function mapNotice({ id, time, notice }: NoticeEvent): CefEvent {
  const { kind, stream, tenantId = stream?.tenantId, sink, condition, code, remedy } = notice;
  const { name, severity } = NOTICES[kind];
  return {
    signature: signatureOf("forwarder", kind),
    name,
    severity,
    extension: {
      rt: time,
      start: notice.from ?? time,
      end: notice.to ?? time,
      externalId: id,
      devicePayloadId: `${id}@1`,
      deviceExternalId: tenantId,
      cat: "/Forwarder",
      outcome: condition,
      reason: code,
      cn1: labelled("count", notice.count),
      cn2: labelled("lagSeconds", notice.lagSeconds),
      cs1: labelled("source", stream?.source),
      cs2: labelled("sink", sink),
      msg: message(notice.message, remedy === undefined ? undefined : `Remedy: ${remedy}`),
    },
  };
}

/** Left out where there is no value, with its label. */
function labelled(label: string, value: string | number | undefined) {
  return value === undefined ? undefined : { label, value };
}
