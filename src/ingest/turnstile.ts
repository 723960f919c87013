/**
 * Reading gives way to sending. While every sink has its hands full, a page of Graph waits before it is unpacked: what is
 * read faster than it is sent must be read back from the log and parsed again, which costs a third of the whole path.
 *
 * A slow sink holds back nobody. Room is waited for half a second at most, and when that was in vain, no more until a sink
 * has room again; nor where one of several sinks keeps up. And no page waits longer than ten seconds for all those before
 * it: its lane is held, and the watchdog is told of no more.
 */
import { setImmediate } from "node:timers/promises";

const PATIENCE_MS = 500;
const LONGEST_WAIT_MS = 10_000;
/** So many turns of the event loop later the next batch is on its way, and the collector works while a page is taken in. */
const TURNS_TO_SEND = 3;

export class Turnstile {
  private readonly isBusy: () => boolean;
  /** The page that came before. */
  private last: Promise<void> = Promise.resolve();
  private isPatient = true;
  private wake = () => {};

  /** `isBusy`: whether every sink has enough to send. */
  constructor(isBusy: () => boolean) {
    this.isBusy = isBusy;
  }

  /** Waits for a page's turn, in order. */
  pass(): Promise<void> {
    const latest = performance.now() + LONGEST_WAIT_MS;
    const passed = this.last.then(() => (performance.now() < latest ? this.wait() : undefined));
    // What has passed is taken in before another one is.
    this.last = passed.then(() => setImmediate());
    return passed;
  }

  /** A sink has sent a batch. */
  progressed(): void {
    this.wake();
  }

  private async wait(): Promise<void> {
    if (this.isBusy() && this.isPatient) await this.untilRoom();
    this.isPatient = !this.isBusy() || this.isPatient;
  }

  private async untilRoom(): Promise<void> {
    const room = Promise.withResolvers<void>();
    this.wake = () => {
      if (!this.isBusy()) room.resolve();
    };
    const timer = setTimeout(() => {
      this.isPatient = false;
      room.resolve();
    }, PATIENCE_MS);
    await room.promise;
    clearTimeout(timer);
    this.wake = () => {};
    for (let turn = 0; turn < TURNS_TO_SEND; turn += 1) await setImmediate();
  }
}
