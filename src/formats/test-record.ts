/** A test record for one sink. It stands for no event; its id is its own, because a SIEM drops repeats by it. */
import { randomUUID } from "node:crypto";
import type { Message } from "../core/event.ts";
import type { Format } from "./format.ts";

/** The sink that it is for. */
interface Addressee {
  readonly name: string;
  readonly maxTextBytes: number;
}

export interface TestRecord {
  readonly seq: number;
  /** Host time in epoch milliseconds. */
  readonly time: number;
  /** What a person reads. */
  readonly message: string;
}

export function testRecord(
  { name, maxTextBytes }: Addressee,
  format: Format,
  { seq, time, message }: TestRecord,
): Message {
  const notice = { kind: "test", sink: name, message } as const;
  const text = format.format({ seq, id: randomUUID(), time, sink: name, notice }, maxTextBytes);
  return { seq, source: "forwarder", time, text: Buffer.from(text) };
}
