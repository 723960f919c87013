/**
 * What the daemon does besides its loops: takes up what operators' commands have put into the state and hands on what is
 * told to the SIEM, within a second each, looks after space, and tells what is about to expire. One look at a time;
 * trouble of the state is logged and tried again.
 */
import { TransientError } from "./core/errors.ts";
import type { Pulse } from "./core/pulse.ts";
import { HEARTBEAT_MS } from "./deliver/heartbeats.ts";
import type { Notices } from "./deliver/notices.ts";
import type { Space } from "./ingest/space.ts";
import type { Store } from "./store/store.ts";
import type { Expiring } from "./telemetry/expiring.ts";
import { describeError, type Log } from "./telemetry/log.ts";

const SPACE_MS = 10_000;
/** How long notices wait for a state that could not be written. */
const NOTICES_RETRY_MS = 10_000;
const EXPIRIES_MS = 3_600_000;

export interface HousekeepingParts {
  readonly store: Store;
  readonly space: Space;
  readonly notices: Notices;
  readonly expiring: Expiring;
  readonly log: Log;
  readonly pulse: Pulse;
  /** Called when the state was changed from outside, again where it threw a TransientError. */
  readonly takeUp: () => Promise<void>;
  /** Called every five minutes, to tell the SIEM how each stream is. */
  readonly beat: () => Promise<void>;
  /** Called with each look, with host time: takes a sample for the status page. Errors are the store's. */
  readonly sample: (now: number) => Promise<void>;
  /** Called with whatever is a bug or a state that can no longer be used. */
  readonly onFatal: (error: unknown) => void;
}

export class Housekeeping {
  private readonly parts: HousekeepingParts;
  private nextSpace = 0;
  private nextBeat = performance.now() + HEARTBEAT_MS;
  private nextNotices = 0;
  private nextExpiries = 0;
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
    this.parts.pulse.beat();
    this.running = this.look(now).finally(() => {
      this.running = undefined;
      this.parts.pulse.rest();
    });
  }

  /** Space and expiries are looked at with the next tick: what they are held against has changed. */
  hasten(): void {
    this.nextSpace = 0;
    this.nextExpiries = 0;
  }

  /** Waits for what is under way and hands on what was told last. No tick may follow. */
  async stop(): Promise<void> {
    this.parts.space.stop();
    await this.running;
    await this.handOn();
  }

  /** Hands on what is told by now, whatever failed before. */
  async handOn(): Promise<void> {
    this.nextNotices = 0;
    await this.tell(performance.now()).catch(this.parts.onFatal);
  }

  private async look(now: number): Promise<void> {
    const { store, space, takeUp, sample, log, pulse, onFatal } = this.parts;
    try {
      await this.beat(now);
      await this.tell(now);
      this.lookAtExpiries(now);
      this.isAsked = (await store.isChangedOutside()) || this.isAsked;
      if (this.isAsked) await takeUp();
      this.isAsked = false;
      await sample(Date.now());
      if (now < this.nextSpace) return;
      this.nextSpace = now + SPACE_MS;
      await space.look(Date.now(), pulse);
    } catch (error) {
      if (!(error instanceof TransientError)) return onFatal(error);
      log.warn("housekeeping failed, will retry", describeError(error));
    }
  }

  /** Not beyond what is reserved for it in a full event log, which every beat makes larger. */
  private async beat(now: number): Promise<void> {
    if (now < this.nextBeat || !this.parts.space.hasReserve) return;
    this.nextBeat = now + HEARTBEAT_MS;
    await this.parts.beat();
  }

  /** A state that cannot be written now is no trouble of its own: the streams and sinks tell of it. */
  private async tell(now: number): Promise<void> {
    if (now < this.nextNotices) return;
    try {
      await this.parts.notices.flush();
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      this.nextNotices = now + NOTICES_RETRY_MS;
    }
  }

  private lookAtExpiries(now: number): void {
    if (now < this.nextExpiries) return;
    this.nextExpiries = now + EXPIRIES_MS;
    this.parts.expiring.look();
  }
}
