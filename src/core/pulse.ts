/**
 * Whether the loops live. Each tells with every step how long the next may take; where it waits for a pause that Graph
 * asked for, a collector or a clock, whoever makes it wait says how long. So no limit has to cover the longest wait
 * there is, an hour of Retry-After, and a step that never ends is found within a minute all the same.
 */

/** What one loop tells of itself. */
export interface Pulse {
  /** A step is done, and the next one is done within so many milliseconds and a grace. */
  beat(withinMs?: number): void;
  /** Nothing is to be done until the next beat. */
  rest(): void;
  /** The loop is over. What beats after that, as the goodbye to a collector does, is no loop's step any more. */
  end(): void;
}

/** The pulse of a loop that nobody watches. */
export const UNWATCHED: Pulse = { beat: () => {}, rest: () => {}, end: () => {} };

interface Due {
  readonly loop: string;
  /** Time by which the step that is under way must be done. */
  readonly at: number;
}

/** The pulses of all loops. `now` is a monotonic clock in milliseconds. */
export class Pulses {
  private readonly now: () => number;
  private readonly due = new Map<Pulse, Due>();

  constructor(now: () => number) {
    this.now = now;
  }

  /** A pulse that rests. `loop` names it for the operator. */
  of(loop: string): Pulse {
    let isOver = false;
    const pulse: Pulse = {
      beat: (withinMs = 0) => {
        if (!isOver) this.due.set(pulse, { loop, at: this.now() + withinMs });
      },
      rest: () => this.due.delete(pulse),
      end: () => {
        isOver = true;
        this.due.delete(pulse);
      },
    };
    return pulse;
  }

  /** The loops whose step is overdue by more than a grace. */
  overdue(graceMs: number): readonly string[] {
    const latest = this.now() - graceMs;
    return [...this.due.values()].filter(({ at }) => at < latest).map(({ loop }) => loop);
  }
}
