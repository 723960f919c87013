/**
 * Takes what the forwarder tells about itself to the event log, for each sink that it concerns, from where it goes to the
 * SIEM like every event. Between two flushes, and while the state cannot be written, it waits in memory.
 */
import { randomUUID } from "node:crypto";
import type { Announcement, Notice } from "../core/notice.ts";
import type { Store } from "../store/store.ts";
import type { Log } from "../telemetry/log.ts";
import type { Selection } from "./selection.ts";

/** As many wait in memory for a state that cannot be written; of more the oldest are dropped, and the log says so. */
const MOST_WAITING = 20_000;
/** A sink that takes nothing for so long gets no heartbeats until it does. */
const STALE_MS = 120_000;

export interface Audience {
  readonly name: string;
  readonly selection: Selection;
}

export interface NoticesParts {
  readonly store: Pick<Store, "announce">;
  readonly log: Log;
  /** Host time in epoch milliseconds. */
  readonly now: () => number;
  /** Called after notices were appended. */
  readonly onAppended: () => void;
}

export class Notices {
  private readonly parts: NoticesParts;
  private audiences: readonly Audience[] = [];
  private waiting: Announcement[] = [];
  private dropped = 0;

  constructor(parts: NoticesParts) {
    this.parts = parts;
  }

  /** The sinks that there are from now on. */
  follow(audiences: readonly Audience[]): void {
    this.audiences = audiences;
  }

  tell(notice: Notice): void {
    const time = this.parts.now();
    for (const audience of this.audiences) {
      if (concerns(notice, audience)) this.waiting.push({ sink: audience.name, id: randomUUID(), time, notice });
    }
  }

  /** Appends what waits. Throws TransientError or StateError; it waits on then. */
  async flush(): Promise<void> {
    const { store, log, now, onAppended } = this.parts;
    if (this.waiting.length === 0) return;
    const appending = this.waiting;
    this.waiting = [];
    try {
      await store.announce(appending, now() - STALE_MS);
    } catch (error) {
      this.keep([...appending, ...this.waiting]);
      throw error;
    }
    onAppended();
    if (this.dropped > 0) log.warn("notices to the SIEM were dropped", { dropped: this.dropped });
    this.dropped = 0;
  }

  /** A heartbeat that comes too late says nothing, and many of them would push out what must be heard. */
  private keep(announcements: readonly Announcement[]): void {
    const lasting = announcements.filter(({ notice }) => notice.kind !== "heartbeat");
    this.waiting = lasting.slice(-MOST_WAITING);
    this.dropped += lasting.length - this.waiting.length;
  }
}

/** A sink for some tenants only gets nothing about others, nor about other sinks. */
function concerns({ stream, tenantId = stream?.tenantId, sink }: Notice, { name, selection }: Audience): boolean {
  const { tenantIds, sources } = selection;
  if (tenantId !== undefined && tenantIds && !tenantIds.includes(tenantId)) return false;
  if (stream !== undefined && sources && !sources.includes(stream.source)) return false;
  return sink === undefined || sink === name || tenantIds === undefined;
}
