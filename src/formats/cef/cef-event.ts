/** What a mapping makes of an event, before anything is escaped or cut. */
import type { CefKey } from "./dictionary.ts";

/** A value and the `…Label` that says what the numbered key means. */
interface Labelled {
  readonly label: string;
  readonly value: Value;
}

/** Any text may be hostile; undefined and blank values leave their key out. */
export type Value = string | number | undefined;

export type Extension = Readonly<Partial<Record<CefKey, Value | Labelled>>>;

export interface CefEvent {
  /** Device Event Class ID: `[A-Za-z0-9._-]`, at most 64 characters. */
  readonly signature: string;
  /** From a fixed table, never from the record. */
  readonly name: string;
  /** 0 to 10. */
  readonly severity: number;
  readonly extension: Extension;
}
