/**
 * The replays that are under way. Each has a pump and a connection of its own over a temporary cursor, so that live
 * events do not wait behind it; it ends with the last event that it was asked for.
 */
import type { Replay, Store } from "../store/store.ts";
import type { Log } from "../telemetry/log.ts";
import type { Pump } from "./pump.ts";

export interface ReplayParts {
  readonly store: Pick<Store, "replays">;
  readonly log: Log;
  /** Makes the pump of a replay; undefined while its sink is not configured: the replay waits. */
  readonly createPump: (replay: Replay) => Pump | undefined;
  readonly onFatal: (error: unknown) => void;
}

export class ReplayPumps {
  private readonly parts: ReplayParts;
  private readonly running = new Map<number, { readonly sink: string; readonly pump: Pump }>();

  constructor(parts: ReplayParts) {
    this.parts = parts;
  }

  /** Starts what is new in the state, and ends what is gone from it with its sink. */
  async look(): Promise<void> {
    const { store, createPump, log, onFatal } = this.parts;
    const replays = await store.replays();
    const gone = [...this.running].filter(([running]) => !replays.some(({ id }) => id === running));
    for (const replay of replays) {
      const pump = this.running.has(replay.id) ? undefined : createPump(replay);
      if (pump === undefined) continue;
      this.running.set(replay.id, { sink: replay.name, pump });
      log.info("replay started", { sink: replay.name, replay: replay.id, events: replay.finish - replay.cursor });
      await pump.start(onFatal);
      void this.end(replay, pump);
    }
    await Promise.all(gone.map(([, { pump }]) => pump.release(0)));
  }

  /** Ends those of some sinks within a time in milliseconds; a later look goes on where they were. */
  async release(sinks: readonly string[], withinMs: number): Promise<void> {
    const concerned = [...this.running].filter(([, { sink }]) => sinks.includes(sink));
    await Promise.all(
      concerned.map(async ([id, { pump }]) => {
        await pump.release(withinMs);
        this.running.delete(id);
      }),
    );
  }

  /** Ends all of them within a time in milliseconds; the next start goes on where they were. */
  async stop(withinMs: number): Promise<void> {
    await Promise.all([...this.running.values()].map(({ pump }) => pump.drain(withinMs)));
  }

  private async end({ id, name }: Replay, pump: Pump): Promise<void> {
    const isComplete = await pump.finish();
    // It may have been begun anew meanwhile.
    if (this.running.get(id)?.pump === pump) this.running.delete(id);
    if (isComplete) this.parts.log.info("replay finished", { sink: name, replay: id });
  }
}
