/**
 * Loops that follow the configuration: one for each name, made from a recipe. A loop whose recipe stays the same goes on
 * untouched. One that is no longer wanted is stopped; one with another recipe is stopped and then started anew, so that
 * two of one name never run at the same time. None of them waits for another.
 */
import { type Changes, changesBetween } from "./core/changes.ts";

export interface Wanted<Loop> {
  readonly name: string;
  /** A text of all that the loop is made from. */
  readonly recipe: string;
  readonly start: () => Promise<Loop>;
}

interface Running<Loop> {
  readonly recipe: string;
  readonly loop: Loop;
}

export class Loops<Loop> {
  private readonly end: (loop: Loop) => Promise<void>;
  private readonly running = new Map<string, Running<Loop>>();

  /** `end` stops a loop that is not wanted any more. */
  constructor(end: (loop: Loop) => Promise<void>) {
    this.end = end;
  }

  get all(): readonly Loop[] {
    return [...this.running.values()].map(({ loop }) => loop);
  }

  /** What `follow` would do. */
  changesTo(wanted: readonly Wanted<Loop>[]): Changes {
    return changesBetween(recipesOf(this.running), recipesOf(new Map(wanted.map((loop) => [loop.name, loop]))));
  }

  /** Stops and starts until what runs is what is wanted. Throws what a start or a stop throws, once all are over. */
  async follow(wanted: readonly Wanted<Loop>[]): Promise<void> {
    const { added, removed, changed } = this.changesTo(wanted);
    const starting = new Map(wanted.map((loop) => [loop.name, loop]));
    const steps = [...removed, ...changed, ...added].map((name) => this.replace(name, starting.get(name)));
    for (const step of await Promise.allSettled(steps)) {
      if (step.status === "rejected") throw step.reason;
    }
  }

  private async replace(name: string, wanted: Wanted<Loop> | undefined): Promise<void> {
    const before = this.running.get(name);
    if (before) await this.end(before.loop);
    this.running.delete(name);
    if (wanted) this.running.set(name, { recipe: wanted.recipe, loop: await wanted.start() });
  }
}

function recipesOf(loops: ReadonlyMap<string, { readonly recipe: string }>): ReadonlyMap<string, string> {
  return new Map([...loops].map(([name, { recipe }]) => [name, recipe]));
}
