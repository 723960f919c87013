/** The mapping of what the forwarder tells about itself. */
import type { NoticeEvent } from "../../core/event.ts";
import { NOTICES } from "../../core/notice.ts";
import type { CefEvent } from "./cef-event.ts";
import { rulesOf } from "./dictionary.ts";
import { message } from "./message.ts";
import { signatureOf } from "./signature.ts";

const RULES = rulesOf({ cn1: "count", cn2: "lagSeconds", cs1: "source", cs2: "sink" });

export function mapNotice({ time, notice }: NoticeEvent): CefEvent {
  const { kind, stream, sink, condition, code, remedy } = notice;
  const { name, severity } = NOTICES[kind];
  return {
    signature: signatureOf("forwarder", kind),
    name,
    severity,
    extension: {
      rt: time,
      start: notice.from ?? time,
      end: notice.to ?? time,
      cat: "/Forwarder",
      outcome: condition,
      reason: code,
      cn1: notice.count,
      cn2: notice.lagSeconds,
      cs1: stream?.source,
      cs2: sink,
      msg: message(notice.message, remedy === undefined ? undefined : `Remedy: ${remedy}`),
    },
    rules: RULES,
  };
}
