/** A message that only shows that messages arrive: signature `forwarder.test`, in the shape of every other. */
import { fit } from "./budget.ts";
import { headerValue } from "./encoder.ts";
import { encodeExtension } from "./extension.ts";

export interface TestRecordOptions {
  readonly version: string;
  readonly hostname: string;
  readonly hardEquals: boolean;
  readonly spaceAfterHeader: boolean;
  /** Name of the sink that it goes through. */
  readonly sink: string;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly maxBytes: number;
}

export function testRecord(options: TestRecordOptions): string {
  const { version, hostname, hardEquals, spaceAfterHeader, sink, now, maxBytes } = options;
  const device = `CEF:0|Entra Risk Forwarder|Entra ID|${headerValue(version, 31)}`;
  const header = `${device}|forwarder.test|Test record|0|${spaceAfterHeader ? " " : ""}`;
  const msg = `Sent by the command check through sink ${sink}; it stands for no event and can be ignored`;
  return fit(header, encodeExtension({ rt: now, dvchost: hostname, cat: "test", msg }, hardEquals), maxBytes);
}
