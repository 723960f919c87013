/**
 * A log that stays readable when much goes wrong at once, or the same again and again. Lines of one kind have the same
 * level, message and code; a subject is the stream or sink that a line is about.
 *
 *   calm    lines go out as they come: 10 of a kind, 3 of a subject, within a minute
 *   storm   what is more is counted, and told in one line after 2 seconds, then once a minute; the kind is calm again
 *           after a minute in which nothing was held back
 *
 * The first lines are never delayed, and a subject that is new in a storm is still told. Debug lines go through.
 */
import type { Log, Metadata } from "./log.ts";

const LINES_OF_A_KIND = 10;
const LINES_OF_A_SUBJECT = 3;
const FIRST_MS = 2_000;
const SPAN_MS = 60_000;
/** More names than that would make a line that nobody reads. */
const MOST_EXAMPLES = 20;

type Level = "error" | "warn" | "info";

interface Kind {
  readonly level: Level;
  readonly message: string;
  /** Lines that went out in the present span. */
  lines: number;
  /** Lines of each subject that went out since it was calm. */
  readonly told: Map<string, number>;
  held: number;
  isStorm: boolean;
  readonly examples: Set<string>;
  /** What the latest line that was held back says. */
  latest: Metadata;
  timer: NodeJS.Timeout;
}

export class CalmLog implements Log {
  private readonly log: Log;
  private readonly kinds = new Map<string, Kind>();

  constructor(log: Log) {
    this.log = log;
  }

  error(message: string, metadata: Metadata = {}): void {
    this.say("error", message, metadata);
  }

  warn(message: string, metadata: Metadata = {}): void {
    this.say("warn", message, metadata);
  }

  info(message: string, metadata: Metadata = {}): void {
    this.say("info", message, metadata);
  }

  debug(message: string, metadata?: Metadata): void {
    this.log.debug(message, metadata);
  }

  /** Tells what is held back. To be called before the end. */
  flush(): void {
    for (const kind of this.kinds.values()) {
      clearTimeout(kind.timer);
      this.tell(kind);
    }
    this.kinds.clear();
  }

  private say(level: Level, message: string, metadata: Metadata): void {
    const key = `${level} ${message} ${String(metadata["code"])}`;
    const kind = this.kinds.get(key) ?? this.begin(key, level, message);
    const subject = subjectOf(metadata);
    const told = kind.told.get(subject) ?? 0;
    if (kind.lines < LINES_OF_A_KIND && told < LINES_OF_A_SUBJECT) {
      kind.lines += 1;
      kind.told.set(subject, told + 1);
      this.log[level](message, metadata);
    } else {
      this.hold(key, kind, metadata);
    }
  }

  private begin(key: string, level: Level, message: string): Kind {
    const timer = this.endSpanAfter(SPAN_MS, key);
    const counts = { lines: 0, told: new Map(), held: 0, isStorm: false };
    const kind = { level, message, ...counts, examples: new Set<string>(), latest: {}, timer };
    this.kinds.set(key, kind);
    return kind;
  }

  private hold(key: string, kind: Kind, metadata: Metadata): void {
    if (!kind.isStorm) {
      kind.isStorm = true;
      clearTimeout(kind.timer);
      kind.timer = this.endSpanAfter(FIRST_MS, key);
    }
    kind.held += 1;
    kind.latest = metadata;
    if (kind.examples.size < MOST_EXAMPLES) kind.examples.add(subjectOf(metadata));
  }

  private endSpanAfter(ms: number, key: string): NodeJS.Timeout {
    return setTimeout(() => this.endSpan(key), ms).unref();
  }

  /** What was told of subjects is remembered while the storm lasts. */
  private endSpan(key: string): void {
    const kind = this.kinds.get(key);
    if (kind === undefined) return;
    if (kind.held === 0) {
      this.kinds.delete(key);
      return;
    }
    this.tell(kind);
    kind.lines = 0;
    kind.timer = this.endSpanAfter(SPAN_MS, key);
  }

  /** A single line is told as it is. */
  private tell(kind: Kind): void {
    const { level, message, held, examples, latest } = kind;
    const { code, remedy } = latest;
    if (held === 1) this.log[level](message, latest);
    if (held > 1) this.log[level](message, { code, remedy, more: held, examples: [...examples] });
    kind.held = 0;
    kind.examples.clear();
  }
}

function subjectOf({ tenantId, source, sink, subject, reason }: Metadata): string {
  return [tenantId, source, sink, subject, reason].filter((part) => typeof part === "string").join(" ");
}
