/** A source whose pages a test hands out one by one, over a Graph whose clock stands where the test puts it. */
import type { GraphRecord, Identity } from "../../src/core/event.ts";
import type { Coverage } from "../../src/core/slices.ts";
import type { GraphClient, Page } from "../../src/graph/graph-client.ts";
import type { Source, Window } from "../../src/sources/source.ts";
import { received } from "./received.ts";

export interface Read {
  readonly window: Window;
  /** Ends the read with these records. */
  answer(...times: number[]): void;
  /** Answers a page with these records, and more are to come. */
  begin(...times: number[]): void;
  fail(error: Error): void;
}

export class ScriptedSource implements Source {
  readonly name = "signIns";
  readonly budget = "reports";
  readonly permission = "AuditLog.Read.All";
  readonly maxPageSize = 1_000;
  coverage: Coverage = "slices";
  /** Reads that wait for their answer, oldest first. */
  readonly reads: Read[] = [];
  /** False: what is told as the present is the host's. */
  hasAnswered = true;
  /** Graph's present in epoch milliseconds. */
  present = Date.parse("2026-10-14T12:00:00Z");

  readonly graph: GraphClient = {
    connect: async () => this.present,
    now: () => (this.hasAnswered ? this.present : undefined),
    expectHead: () => {},
    pages: () => {
      throw new Error("the source answers itself");
    },
  };

  async *pages(window: Window, _graph: GraphClient, signal: AbortSignal): AsyncGenerator<Page> {
    let answered = Promise.withResolvers<Page>();
    signal.addEventListener("abort", () => answered.reject(signal.reason));
    const page = (times: readonly number[], isLast: boolean) => {
      const records = times.map((time) => received({ id: `at-${time}` }, { time }));
      answered.resolve({ records, serverTime: this.present, isLast });
    };
    this.reads.push({
      window,
      answer: (...times) => page(times, true),
      begin: (...times) => page(times, false),
      fail: (error) => answered.reject(error),
    });
    for (;;) {
      const answer = await answered.promise;
      if (answer.isLast) return yield answer;
      answered = Promise.withResolvers();
      // The reader may leave here.
      answered.promise.catch(() => undefined);
      yield answer;
    }
  }

  identify(record: GraphRecord): Identity {
    return received(record).identity;
  }

  hint(): undefined {
    return undefined;
  }

  /** The next read that waits and for which `isMeant` holds. */
  take(isMeant: (window: Window) => boolean): Read | undefined {
    const index = this.reads.findIndex(({ window }) => isMeant(window));
    return index === -1 ? undefined : this.reads.splice(index, 1)[0];
  }
}
