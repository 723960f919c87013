/**
 * The text of `msg`: what a person reads, and what no typed key can take. Our own words go before the display name: one
 * of `Bob; deleted` would otherwise forge them, and a long one cut them away.
 */
import type { GraphRecord } from "../../core/event.ts";
import { joined, textOf } from "./record-values.ts";

export function displayName(record: GraphRecord): string | undefined {
  const name = textOf(record["userDisplayName"]);
  return name === undefined ? undefined : `Display name: ${name}`;
}

export function message(...parts: readonly (string | undefined)[]): string | undefined {
  return joined(parts, "; ");
}

/** An address that no receiver would take as one. */
export function unreadableAddress(text: string | undefined): string | undefined {
  return text === undefined ? undefined : `IP address: ${text}`;
}
