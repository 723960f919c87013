/**
 * Loops that follow the configuration: one for each name, made from a recipe. A loop whose recipe stays the same goes on
 * untouched. One that is no longer wanted is stopped; one with another recipe is stopped and then started anew, so that
 * two of one name never run at the same time. None of them waits for another, but for the one whose place it takes.
 */
import { type Changes, changesBetween } from "./core/changes.ts";

export interface Wanted<Loop> {
  readonly name: string;
  /** A text of all that the loop is made from. */
  readonly recipe: string;
  /** The name of another loop that must have ended before this one starts. */
  readonly after?: string | undefined;
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

  isRunning(name: string): boolean {
    return this.running.has(name);
  }

  /** What `follow` would do. */
  changesTo(wanted: readonly Wanted<Loop>[]): Changes {
    return changesBetween(recipesOf(this.running), recipesOf(new Map(wanted.map((loop) => [loop.name, loop]))));
  }

  /** Stops and starts until what runs is what is wanted. Throws what a start or a stop throws, once all are over. */
  async follow(wanted: readonly Wanted<Loop>[]): Promise<void> {
    const { added, removed, changed } = this.changesTo(wanted);
    const ends = new Map([...removed, ...changed].map((name) => [name, this.stop(name)]));
    const starts = wanted
      .filter(({ name }) => added.includes(name) || changed.includes(name))
      .map(async (loop) => {
        await Promise.all([ends.get(loop.name), ends.get(loop.after ?? "")]);
        this.running.set(loop.name, { recipe: loop.recipe, loop: await loop.start() });
      });
    for (const step of await Promise.allSettled([...ends.values(), ...starts])) {
      if (step.status === "rejected") throw step.reason;
    }
  }

  private async stop(name: string): Promise<void> {
    const running = this.running.get(name);
    if (running) await this.end(running.loop);
    this.running.delete(name);
  }
}

function recipesOf(loops: ReadonlyMap<string, { readonly recipe: string }>): ReadonlyMap<string, string> {
  return new Map([...loops].map(([name, { recipe }]) => [name, recipe]));
}
