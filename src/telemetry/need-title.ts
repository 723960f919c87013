/** What a need concerns, in a few words: all of it where that is little, else the first three and how many more. */
import type { Need } from "./needs.ts";

const SHOWN = 3;

export function titleOf({ kind, subjects }: Pick<Need, "kind" | "subjects">): string {
  if (kind === "daemon" || kind === "event log") return `the ${kind}`;
  const named = kind === "stream" ? byTenant(subjects) : subjects;
  const shown = named.slice(0, SHOWN).join(", ");
  return named.length <= SHOWN ? shown : `${shown} and ${named.length - SHOWN} more`;
}

/** A tenant of which several streams are concerned is named once. */
function byTenant(subjects: readonly string[]): string[] {
  const sources = new Map<string, string[]>();
  for (const subject of subjects) {
    const space = subject.lastIndexOf(" ");
    const tenant = subject.slice(0, space);
    sources.set(tenant, [...(sources.get(tenant) ?? []), subject.slice(space + 1)]);
  }
  return [...sources].map(([tenant, names]) => `${tenant} ${names.join(" + ")}`);
}
