/** The simulated Graph as a benchmark sees it: a process of its own. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { Methods } from "./graph-process.ts";

const PROGRAM = join(import.meta.dirname, "graph-process.ts");

interface Answer {
  readonly number: number;
  readonly result?: unknown;
  readonly error?: string;
}

type Result<M extends keyof Methods> = Awaited<ReturnType<Methods[M]>>;

export class Graph {
  private readonly child: ChildProcess;
  private readonly calls = new Map<number, PromiseWithResolvers<unknown>>();
  private made = 0;

  constructor() {
    this.child = fork(PROGRAM, { serialization: "advanced", execArgv: ["--max-old-space-size=12000"] });
    this.child.on("message", (answer: Answer) => this.take(answer));
    this.child.once("exit", () => {
      for (const { reject } of this.calls.values()) reject(new Error("Graph's process ended"));
    });
  }

  async call<M extends keyof Methods>(method: M, ...args: Parameters<Methods[M]>): Promise<Result<M>>;
  async call(method: keyof Methods, ...args: unknown[]): Promise<unknown> {
    this.made += 1;
    const waiting = Promise.withResolvers<unknown>();
    this.calls.set(this.made, waiting);
    this.child.send({ number: this.made, method, args });
    return waiting.promise;
  }

  stop(): void {
    if (this.child.connected) this.child.disconnect();
  }

  private take({ number, result, error }: Answer): void {
    const waiting = this.calls.get(number);
    this.calls.delete(number);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error));
  }
}
