/**
 * CEF: from an event to `CEF:0|…|key=value key=value`. Promises one line that no value can break out of, and that is
 * never longer than asked for. Must not know how it is framed or sent.
 *
 * Rules and field lengths: OpenText "CEF Implementation Standard", document version 27.
 */
import { isNotice, type StoredEvent } from "../../core/event.ts";
import type { Format } from "../format.ts";
import { fit } from "./budget.ts";
import type { CefEvent } from "./cef-event.ts";
import { headerValue } from "./encoder.ts";
import { encodeExtension } from "./extension.ts";
import { identityOf } from "./identity.ts";
import { mapNotice } from "./notice.ts";
import { plainText } from "./plain-text.ts";
import { mapRiskDetection } from "./risk-detection.ts";
import { mapRiskyUser } from "./risky-user.ts";
import { mapSignIn } from "./sign-in.ts";

/** "Microsoft" in the vendor would make Splunk's SC4S take the record for a Windows event. */
const VENDOR = "Entra Risk Forwarder";
const PRODUCT = "Entra ID";
const MAX_VERSION = 31;
/** Of one UTF-16 unit in UTF-8: most texts are so short that their bytes need no counting. */
const MOST_BYTES = 3;

const MAPPINGS = { signIns: mapSignIn, riskDetections: mapRiskDetection, riskyUsers: mapRiskyUser } as const;

export interface CefOptions {
  readonly version: string;
  readonly hostname: string;
  readonly hardEquals: boolean;
  readonly spaceAfterHeader: boolean;
}

/** A text fits any `maxBytes` of at least 480; below that, a record may stay longer than asked for. */
export function cefFormat({ version, hostname, hardEquals, spaceAfterHeader }: CefOptions): Format {
  const device = `CEF:0|${VENDOR}|${PRODUCT}|${headerValue(version, MAX_VERSION)}`;
  const end = spaceAfterHeader ? "| " : "|";
  return {
    type: "cef",
    format(event: StoredEvent, maxBytes: number): string {
      const { signature, name, severity, extension, rules } = mapped(event);
      const header = `${device}|${signature}|${name}|${severity}${end}`;
      const values = { extension, common: identityOf(event, hostname), rules };
      const plain = plainText(header, values);
      if (plain !== undefined && plain.length * MOST_BYTES <= maxBytes) return plain;
      return fit(header, encodeExtension(values, hardEquals), maxBytes);
    },
  };
}

function mapped(event: StoredEvent): CefEvent {
  return isNotice(event) ? mapNotice(event) : MAPPINGS[event.stream.source](event);
}
