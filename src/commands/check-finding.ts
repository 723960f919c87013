/** What one probe of `check` found, how it is made, and how it reads. */
import { ERROR_CODES, type ErrorCode } from "../core/codes.ts";
import { ForwarderError, messageOf, UnavailableError } from "../core/errors.ts";
import { printable } from "../core/printable.ts";

const DEADLINE_MS = 60_000;

export const OUTCOMES = ["passed", "warned", "failed", "resting"] as const;

/** `resting`: the licence or the cloud does not have it, which is no fault of the set-up. */
type Outcome = (typeof OUTCOMES)[number];

export interface Finding {
  readonly subject: string;
  readonly outcome: Outcome;
  readonly code?: ErrorCode;
  readonly message?: string;
  readonly remedy?: string;
}

/** What an attempt says of its success; nothing: it passed. */
export type Verdict = Partial<Omit<Finding, "subject">>;

export interface Probe {
  readonly subject: string;
  /** What an answer means that does not come in time. */
  readonly late: ErrorCode;
}

export class Probes {
  private readonly onChange: (trying: readonly string[]) => void;
  private readonly trying = new Set<string>();

  /** `onChange` gets what is being tried. */
  constructor(onChange: (trying: readonly string[]) => void) {
    this.onChange = onChange;
  }

  /** An attempt that outlasts its deadline has failed, whether it heeds the signal or not. */
  async run(
    { subject, late }: Probe,
    attempt: (signal: AbortSignal) => Promise<Verdict | undefined>,
  ): Promise<Finding> {
    this.begin(subject);
    const deadline = AbortSignal.timeout(DEADLINE_MS);
    const over = Promise.withResolvers<never>();
    deadline.addEventListener("abort", () => over.reject(deadline.reason), { once: true });
    try {
      return { subject, outcome: "passed", ...(await Promise.race([attempt(deadline), over.promise])) };
    } catch (error) {
      if (error !== deadline.reason) return { subject, ...explain(error) };
      const { remedy } = ERROR_CODES[late];
      return { subject, outcome: "failed", code: late, message: `no answer within ${DEADLINE_MS / 1000} s`, remedy };
    } finally {
      this.end(subject);
    }
  }

  private begin(subject: string): void {
    this.trying.add(subject);
    this.onChange([...this.trying]);
  }

  private end(subject: string): void {
    this.trying.delete(subject);
    this.onChange([...this.trying]);
  }
}

/** What makes a finding of trouble, with the code's own remedy where none is given. */
export function trouble(
  outcome: "warned" | "failed",
  code: ErrorCode,
  message: string,
  remedy: string = ERROR_CODES[code].remedy,
): Omit<Finding, "subject"> {
  return { outcome, code, message, remedy };
}

/** A finding in words: one line, or lines of at most `width` columns that hang under the first. */
export function textOf(finding: Finding, width = Number.POSITIVE_INFINITY): string {
  const { subject, outcome, code, message, remedy } = finding;
  const what = printable([code, message].filter((part) => part !== undefined).join(" "));
  const sentences = [
    what === "" ? subject : `${subject}: ${outcome === "passed" ? what : ended(what)}`,
    ...(remedy === undefined ? [] : [`Remedy: ${ended(remedy)}`]),
  ];
  const indent = " ".repeat(MARGIN);
  const lines = width === Number.POSITIVE_INFINITY ? [sentences.join(" ")] : sentences.flatMap((s) => wrap(s, width));
  return `${outcome.padEnd(MARGIN)}${lines.join(`\n${indent}`)}`;
}

/** Columns of the longest outcome, and one between. */
const MARGIN = 8;

/** Microsoft is busy, a running daemon's own requests included: no fault of the set-up, which it leaves untold. */
const PASSING: readonly ErrorCode[] = ["ERF2011", "ERF3002", "ERF3003"];

function explain(error: unknown): Omit<Finding, "subject"> {
  const { code, remedy }: Partial<ForwarderError> = error instanceof ForwarderError ? error : {};
  const isPassing = code !== undefined && PASSING.includes(code);
  const outcome = error instanceof UnavailableError ? "resting" : isPassing ? "warned" : "failed";
  return { outcome, ...(code && { code }), message: messageOf(error), ...(remedy && { remedy }) };
}

function ended(sentence: string): string {
  return /[.?]$/.test(sentence) ? sentence : `${sentence}.`;
}

/** Breaks at spaces; a word that is longer than a line has one of its own. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width - MARGIN) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
