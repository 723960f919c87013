/** What a mapping makes of an event, before anything is escaped or cut. */
import type { CefKey, CefRule } from "./dictionary.ts";

/** Any text may be hostile; undefined and blank values leave their key out. */
type Value = string | number | undefined;

export type Extension = Readonly<Partial<Record<CefKey, Value>>>;

export interface CefEvent {
  /** Device Event Class ID: `[A-Za-z0-9._-]`, at most 64 characters. */
  readonly signature: string;
  /** From a fixed table, never from the record. */
  readonly name: string;
  /** 0 to 10. */
  readonly severity: number;
  readonly extension: Extension;
  /** How it is written. */
  readonly rules: readonly CefRule[];
}
