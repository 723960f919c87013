/**
 * Sinks that look renamed: new to the state, and on the way to where one led that the configuration does not name any
 * more. Whether it is the same sink, which goes on where it was, or another one, only the operator knows. Pure.
 */

import { ConfigError } from "./errors.ts";

export interface ConfiguredSink {
  readonly name: string;
  readonly route: string;
  /** What an operator says of a sink: the name that it had, or where a new one starts. */
  readonly renamedFrom?: string | undefined;
  readonly startFrom?: string | undefined;
}

export interface KnownSink {
  readonly name: string;
  /** Absent: not known. */
  readonly route?: string;
}

interface Rename {
  readonly from: string;
  readonly to: string;
}

/** Throws ConfigError when there is something to ask. */
export function requireAnswers(configured: readonly ConfiguredSink[], known: readonly KnownSink[]): void {
  const questions = unansweredRenames(configured, known).map(
    ({ from, to }) =>
      `sink ${to} is new and leads to where ${from} led, which the configuration does not name any more. ` +
      `If it is the same sink, set renamedFrom: ${from}; if it is another one, set startFrom: present (or start).`,
  );
  if (questions.length > 0) throw new ConfigError("ERF1006", questions.join("\n"));
}

/** What has to be asked. A former name that the state does not know is no answer: it may be misspelt. */
function unansweredRenames(configured: readonly ConfiguredSink[], known: readonly KnownSink[]): Rename[] {
  const isKnown = (name: string | undefined) => known.some((sink) => sink.name === name);
  const taken = configured.flatMap(({ name, renamedFrom }) => [name, renamedFrom]);
  const left = known.filter(({ name }) => !taken.includes(name));
  return configured
    .filter(({ name, startFrom, renamedFrom }) => !isKnown(name) && startFrom === undefined && !isKnown(renamedFrom))
    .flatMap(({ name: to, route }) => {
      const before = left.find((sink) => sink.route === route);
      return before === undefined ? [] : [{ from: before.name, to }];
    });
}
