/** Invented records of all three collections. The same seed gives the same records; no value belongs to anybody. */
import type { GraphRecord, SourceName } from "../core/event.ts";
import { hostileValues, sparseValues } from "./awkward-records.ts";
import { formatTicks, ticksOfMs } from "./clock.ts";
import { type App, inventPeople, inventPolicies, type Person } from "./names.ts";
import { Random } from "./random.ts";
import { inventDetection, inventRiskyUser } from "./risk-records.ts";
import { inventSignIn } from "./sign-ins.ts";

/** plain: valid by the schema. hostile: values that break lines and parsers. sparse: fields missing, null or empty. */
export type Variant = "plain" | "hostile" | "sparse";

export interface Invention {
  readonly variant?: Variant;
  /** Properties that replace the invented ones. */
  readonly changes?: GraphRecord;
}

const PEOPLE = 200;
const POLICIES = 75;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

export class RecordFactory {
  private readonly random: Random;
  private readonly tenantId: string;
  private readonly people: readonly Person[];
  private readonly policies: readonly App[];
  private made = 0;

  constructor(seed = 1) {
    this.random = new Random(seed);
    this.tenantId = this.random.guid();
    this.people = inventPeople(this.random, PEOPLE);
    this.policies = inventPolicies(this.random, POLICIES);
  }

  /**
   * A record whose time, the one by which its collection is read, is `at` in epoch milliseconds; sign-ins have whole
   * seconds only, rounded down.
   */
  invent(source: SourceName, at: number, { variant = "plain", changes = {} }: Invention = {}): GraphRecord {
    const plain = this.plain(source, at);
    this.made += 1;
    return { ...plain, ...this.awkward(source, variant), ...changes };
  }

  private plain(source: SourceName, at: number): GraphRecord {
    const person = this.random.pick(this.people);
    if (source === "signIns") {
      // Second precision, as v1.0 has had it: ties are normal.
      const createdDateTime = formatTicks(ticksOfMs(Math.floor(at / SECOND_MS) * SECOND_MS));
      const { tenantId, policies } = this;
      return inventSignIn(this.random, { person, policies, tenantId, createdDateTime });
    }
    if (source === "riskDetections") return this.detection(person, at);
    return { ...inventRiskyUser(this.random, person, this.fine(at)), id: this.random.guid() };
  }

  private detection(person: Person, at: number): GraphRecord {
    const detectedAt = at - this.random.integer(0, 3) * MINUTE_MS;
    return inventDetection(this.random, {
      person,
      number: this.made,
      activityDateTime: this.fine(detectedAt - this.random.integer(0, 30) * HOUR_MS),
      detectedDateTime: this.fine(detectedAt),
      lastUpdatedDateTime: this.fine(at),
    });
  }

  private awkward(source: SourceName, variant: Variant): GraphRecord {
    if (variant === "hostile") return hostileValues(this.random, source);
    return variant === "sparse" ? sparseValues(this.random, source) : {};
  }

  /** A time with up to 7 fractional digits, trailing zeros trimmed. */
  private fine(ms: number): string {
    const below = this.random.pick([0, 5_000, this.random.integer(0, 9_999)]);
    return formatTicks(ticksOfMs(Math.floor(ms)) + below);
  }
}
