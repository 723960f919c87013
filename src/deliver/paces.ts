/** The paces of all sinks: one for each sink and limit, however many loops send to it and however often they start. */
import type { Sink } from "../sinks/sink.ts";
import { Pace } from "./pace.ts";

export class Paces {
  private readonly known = new Map<string, Pace>();

  /** Undefined without a limit. */
  of({ name, maxBatch }: Sink, limit: number | undefined): Pace | undefined {
    if (limit === undefined) return undefined;
    const key = `${name} ${limit} ${maxBatch}`;
    const pace = this.known.get(key) ?? new Pace(limit, maxBatch);
    this.known.set(key, pace);
    return pace;
  }
}
