/** The seam between an event and the text of its message. Formats are pure: no I/O, no clock, no randomness. */
import type { StoredEvent } from "../core/event.ts";

export interface Format {
  readonly type: string;
  /**
   * The text of an event: one line without control characters, at most `maxBytes` bytes of UTF-8. Must not throw for
   * any record that JSON can express.
   */
  format(event: StoredEvent, maxBytes: number): string;
}
