/**
 * A collector that refused every message may refuse everything, or a few messages that happened to come together. So
 * the next try begins with a test record: where that is taken, what is refused behind it is refused for its own sake.
 */
import type { Message, Receipt } from "../core/event.ts";
import type { Format } from "../formats/format.ts";
import { testRecord } from "../formats/test-record.ts";
import type { Sink } from "../sinks/sink.ts";

/** Before every place of the log: it confirms nothing. */
const SEQ = 0;
const MESSAGE = "sent ahead of records that the collector refused; it stands for no event and can be ignored";

export function trialOf(sink: Sink, format: Format, time: number): Message {
  return testRecord(sink, format, { seq: SEQ, time, message: MESSAGE });
}

/** A receipt without what it says of a trial: that is neither an event nor a notice of the log. */
export function withoutTrial(receipt: Receipt): Receipt {
  return { ...receipt, rejected: receipt.rejected.filter(({ seq }) => seq !== SEQ) };
}
