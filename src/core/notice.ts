/**
 * What the forwarder tells the SIEM about itself, so that silence there can be told from trouble here. Each notice goes
 * through the same sinks as the events. The README lists the same kinds; a test keeps the two together.
 */
import type { ErrorCode } from "./codes.ts";
import type { StreamId } from "./event.ts";

/** Names and severities as CEF carries them: 0–3 low, 4–6 medium, 7–8 high, 9–10 very high. */
export const NOTICES = {
  heartbeat: { name: "Stream heartbeat", severity: 0 },
  test: { name: "Test record", severity: 0 },
  started: { name: "Forwarder started", severity: 2 },
  stopping: { name: "Forwarder stopping", severity: 3 },

  streamFailing: { name: "Stream cannot be read and is retried", severity: 5 },
  streamThrottled: { name: "Stream is throttled by Graph", severity: 4 },
  streamParked: { name: "Stream parked until an operator acts", severity: 8 },
  streamResting: { name: "Stream rests as the tenant does not have it", severity: 1 },
  streamRecovered: { name: "Stream recovered", severity: 2 },
  reReadOpened: { name: "Re-read opened", severity: 3 },
  reReadFinished: { name: "Re-read finished", severity: 2 },
  lostToRetention: { name: "Span lost to retention", severity: 9 },

  sinkFailing: { name: "Sink cannot deliver and retries", severity: 6 },
  sinkParked: { name: "Sink parked until an operator acts", severity: 8 },
  sinkRecovered: { name: "Sink recovered", severity: 2 },
  deadLetters: { name: "Events kept as dead letters", severity: 7 },

  logFull: { name: "Event log full and polling paused", severity: 8 },
  logHasRoom: { name: "Event log has room again", severity: 2 },
  expiring: { name: "Credential or certificate about to expire", severity: 6 },
  expired: { name: "Credential or certificate expired", severity: 9 },
} as const satisfies Record<string, { readonly name: string; readonly severity: number }>;

type NoticeKind = keyof typeof NOTICES;

export interface Notice {
  readonly kind: NoticeKind;
  /** What a person reads. Holds no record, no name of a user and no secret. */
  readonly message: string;
  /** The stream that it is about. */
  readonly stream?: StreamId | undefined;
  /** The tenant that it is about, where it is not about one stream. */
  readonly tenantId?: string | undefined;
  /** The sink that it is about. */
  readonly sink?: string | undefined;
  readonly code?: ErrorCode | undefined;
  readonly remedy?: string | undefined;
  /** `working`, `waiting`, `blocked` or `resting`. */
  readonly condition?: string | undefined;
  /** The span that it is about, in epoch milliseconds of Graph's clock. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Events, dead letters or days, as the kind says. */
  readonly count?: number | undefined;
  /** Seconds between Graph's present and what was read. */
  readonly lagSeconds?: number | undefined;
}

/** A notice as the state keeps it, for one sink. */
export interface Announcement {
  readonly sink: string;
  /** Unique for ever: a SIEM drops repeats by it. */
  readonly id: string;
  /** Host time in epoch milliseconds. */
  readonly time: number;
  readonly notice: Notice;
}
