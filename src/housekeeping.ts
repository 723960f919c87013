/**
 * What the daemon does besides its loops: takes up what operators' commands have put into the state, within a second,
 * and looks after space. One look at a time; trouble of the state is logged and tried again.
 */
import { TransientError } from "./core/errors.ts";
import type { Space } from "./ingest/space.ts";
import type { Store } from "./store/store.ts";
import { describeError, type Log } from "./telemetry/log.ts";

const SPACE_MS = 10_000;

export interface HousekeepingParts {
  readonly store: Store;
  readonly space: Space;
  readonly log: Log;
  /** Called when the state was changed from outside, again where it threw a TransientError. */
  readonly takeUp: () => Promise<void>;
  /** Called with whatever is a bug or a state that can no longer be used. */
  readonly onFatal: (error: unknown) => void;
}

export class Housekeeping {
  private readonly parts: HousekeepingParts;
  private nextSpace = 0;
  /** Whether the state holds what an operator asked for and nobody has taken up. */
  private isAsked = false;
  private running: Promise<void> | undefined;

  constructor(parts: HousekeepingParts) {
    this.parts = parts;
  }

  /** To be called before the loops look at the state, so that nothing is passed over that a command asks for from then on. */
  async start(): Promise<void> {
    await this.parts.store.isChangedOutside();
  }

  /** `now` is the monotonic clock in milliseconds. */
  tick(now: number): void {
    if (this.running) return;
    this.running = this.look(now).finally(() => {
      this.running = undefined;
    });
  }

  /** Space is looked at with the next tick: what bounds it has changed. */
  hasten(): void {
    this.nextSpace = 0;
  }

  /** Waits for what is under way. No tick may follow. */
  async stop(): Promise<void> {
    this.parts.space.stop();
    await this.running;
  }

  private async look(now: number): Promise<void> {
    const { store, space, takeUp, log, onFatal } = this.parts;
    try {
      this.isAsked = (await store.isChangedOutside()) || this.isAsked;
      if (this.isAsked) await takeUp();
      this.isAsked = false;
      if (now < this.nextSpace) return;
      this.nextSpace = now + SPACE_MS;
      await space.look(Date.now());
    } catch (error) {
      if (!(error instanceof TransientError)) return onFatal(error);
      log.warn("housekeeping failed, will retry", describeError(error));
    }
  }
}
